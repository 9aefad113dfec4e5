import { RequestValidationError } from '../../http/envelope-error.js';
import { decryptOrNull } from '../secrets/encryption.js';
import { detectSecretType } from '../secrets/signing-secret.js';
import type { WebhookSecrets } from '../secrets/webhook-secrets.js';
import { SEAL_VERSION, type WebhookEntity } from '../model/webhook.entity.js';
import type { WebhookRules } from './webhook-rules.js';

/**
 * What a replacement makes of a webhook's headers, sealed: a mask keeps a value, and what is the same stays sealed as it
 * is.
 *
 * @throws {RequestValidationError} as {@link WebhookRules.resolveHeaders}
 * @throws {EncryptionError} when none come and no key opens those that are stored: they are shown as none, and are not given
 *   up because none come back
 */
export function replaceHeaders(
  asked: Record<string, string>,
  webhook: WebhookEntity,
  secrets: WebhookSecrets,
  rules: WebhookRules,
): string {
  const stored = () => secrets.decryptHeaders(webhook);
  if (Object.keys(asked).length === 0) stored();
  const headers = rules.resolveHeaders(asked, stored);
  const isSame = JSON.stringify(decryptOrNull(stored)) === JSON.stringify(headers);
  return isSame && webhook.sealVersion === SEAL_VERSION
    ? webhook.sealedHeaders
    : secrets.encryptHeaders(headers, webhook.id);
}

/** @throws {RequestValidationError} when a signature is asked for that a private key cannot make */
export function refuseHubSignature(webhook: WebhookEntity, secrets: WebhookSecrets): void {
  if (!webhook.hubSignature) return;
  const secret = decryptOrNull(() => secrets.decryptSecret(webhook));
  if (secret === null || detectSecretType(secret) === 'v1') return;
  throw RequestValidationError.at(
    ['hubSignature'],
    'hubSignature needs a shared secret, and this webhook signs with v1a: rotate its secret to type v1 first',
    true,
  );
}
