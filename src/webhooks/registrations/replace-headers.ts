import { SEAL_VERSION, type WebhookEntity } from '../model/webhook.entity.js';
import { decryptOrNull } from '../secrets/encryption.js';
import type { WebhookSecrets } from '../secrets/webhook-secrets.js';
import type { WebhookRules } from './webhook-rules.js';

/**
 * Replaces a webhook's headers. A masked value keeps the stored one; unchanged headers keep their stored ciphertext.
 *
 * @returns the encrypted headers
 * @throws {RequestValidationError} as {@link WebhookRules.resolveHeaders}
 * @throws {EncryptionError} when the request has no headers and no key decrypts the stored ones: the API showed them as
 *   none, so a client that sends the webhook back does not mean to delete them
 */
export function replaceHeaders(
  asked: Record<string, string>,
  webhook: WebhookEntity,
  secrets: WebhookSecrets,
  rules: WebhookRules,
): string {
  const decryptStored = () => secrets.decryptHeaders(webhook);
  if (Object.keys(asked).length === 0) decryptStored();
  const headers = rules.resolveHeaders(asked, decryptStored);
  const isSame = JSON.stringify(decryptOrNull(decryptStored)) === JSON.stringify(headers);
  return isSame && webhook.sealVersion === SEAL_VERSION
    ? webhook.sealedHeaders
    : secrets.encryptHeaders(headers, webhook.id);
}
