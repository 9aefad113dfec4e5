import { MASK } from '../../auth/mask.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import { unlessLost } from '../secrets/encryption.js';
import { typeOfSecret } from '../secrets/signing-secret.js';
import type { WebhookSecrets } from '../secrets/webhook-secrets.js';
import { SEAL_VERSION, type WebhookEntity } from '../webhook.entity.js';
import type { WebhookRules } from './webhook-rules.js';

/** Headers as they came, with what was masked put back, and the names for which there was nothing to put back. */
export interface KeptHeaders {
  headers: Record<string, string>;
  unknown: string[];
}

/** Whether a value is the mask that was shown in place of one. */
export function isMask(value: unknown): boolean {
  return value === MASK;
}

/**
 * Puts stored values where a mask came back: whoever was shown masked headers can send them as they are, and changes
 * none. Names are found without regard to case.
 */
export function keptHeaders(
  asked: Readonly<Record<string, string>>,
  stored: Readonly<Record<string, string>>,
): KeptHeaders {
  const byName = new Map(Object.entries(stored).map(([name, value]) => [name.toLowerCase(), value]));
  const unknown: string[] = [];
  const headers = Object.fromEntries(
    Object.entries(asked).map(([name, value]): [string, string] => {
      if (!isMask(value)) return [name, value];
      const kept = byName.get(name.toLowerCase());
      if (kept === undefined) unknown.push(name);
      return [name, kept ?? value];
    }),
  );
  return { headers, unknown };
}

/**
 * What a replacement makes of a webhook's headers, sealed: a mask keeps a value, and what is the same stays sealed as it
 * is.
 *
 * @throws {RequestValidationError} as {@link WebhookRules.headersFrom}
 * @throws {SealError} when none come and no key opens those that are stored: they are shown as none, and are not given
 *   up because none come back
 */
export function replacedHeaders(
  asked: Record<string, string>,
  webhook: WebhookEntity,
  secrets: WebhookSecrets,
  rules: WebhookRules,
): string {
  const stored = () => secrets.headersOf(webhook);
  if (Object.keys(asked).length === 0) stored();
  const headers = rules.headersFrom(asked, stored);
  const isSame = JSON.stringify(unlessLost(stored)) === JSON.stringify(headers);
  return isSame && webhook.sealVersion === SEAL_VERSION
    ? webhook.sealedHeaders
    : secrets.sealHeaders(headers, webhook.id);
}

/** @throws {RequestValidationError} when a signature is asked for that a private key cannot make */
export function refuseHubSignature(webhook: WebhookEntity, secrets: WebhookSecrets): void {
  if (!webhook.hubSignature) return;
  const secret = unlessLost(() => secrets.secretOf(webhook));
  if (secret === null || typeOfSecret(secret) === 'v1') return;
  throw RequestValidationError.at(
    ['hubSignature'],
    'hubSignature needs a shared secret, and this webhook signs with v1a: rotate its secret to type v1 first',
    true,
  );
}
