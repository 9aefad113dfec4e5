import { RequestValidationError } from '../../http/envelope-error.js';
import type { WebhookEntity } from '../model/webhook.entity.js';
import { decryptOrNull } from '../secrets/encryption.js';
import { detectSecretType } from '../secrets/signing-secret.js';
import type { WebhookSecrets } from '../secrets/webhook-secrets.js';

/**
 * Checks that a webhook with `hubSignature` signs with a shared secret: `X-Hub-Signature-256` is an HMAC, which a
 * private key cannot make. A secret that no key decrypts passes.
 *
 * @throws {RequestValidationError} when its secret is of type `v1a`
 */
export function checkHubSignature(webhook: WebhookEntity, secrets: WebhookSecrets): void {
  if (!webhook.hubSignature) return;
  const secret = decryptOrNull(() => secrets.decryptSecret(webhook));
  if (secret === null || detectSecretType(secret) === 'v1') return;
  throw RequestValidationError.at(
    ['hubSignature'],
    'hubSignature needs a shared secret, and this webhook signs with v1a: rotate its secret to type v1 first',
    true,
  );
}

/**
 * Checks that a webhook with `hubSignature` does not get a private key.
 *
 * @param next the secret that is to replace its own
 * @throws {RequestValidationError} when it is of type `v1a`
 */
export function checkRotatedType({ hubSignature }: WebhookEntity, next: string): void {
  if (!hubSignature || detectSecretType(next) === 'v1') return;
  throw RequestValidationError.at(
    ['type'],
    'type v1a cannot be used while hubSignature is on: X-Hub-Signature-256 needs a shared secret. Turn it off first',
  );
}
