import { RequestValidationError } from '../../http/envelope-error.js';
import { MASK } from '../../auth/mask.js';
import { EncryptionError } from '../secrets/encryption.js';
import { decryptValue, encryptValue } from '../secrets/webhook-secrets.js';
import { findTlsProblems } from './tls-problems.js';
import type { WebhookTls, StoredTls } from '../model/webhook-tls.js';

/**
 * What of a webhook's `tls` is stored after a change.
 *
 * @param asked left out: what was there is kept; null: it is removed; a masked key: the stored one is kept
 * @param keys 32 bytes each, newest first
 * @throws {RequestValidationError} when a masked key has none to keep, or one of another certificate
 */
export function updateTls(
  webhookId: string,
  asked: WebhookTls | null | undefined,
  before: StoredTls | null,
  keys: readonly Buffer[],
): StoredTls | null {
  if (asked === undefined) return before;
  if (asked === null || Object.keys(asked).length === 0) return null;
  if (asked.key === undefined) return asked;
  const key = asked.key === MASK ? keptKey(webhookId, asked, before, keys) : asked.key;
  return { ...asked, key: encryptValue(key, webhookId, 'tls', keys) };
}

/** @throws {EncryptionError} when none of the keys opens its private key */
export function decryptTls(
  webhookId: string,
  stored: StoredTls | null,
  keys: readonly Buffer[],
): WebhookTls | null {
  if (stored?.key === undefined) return stored;
  return { ...stored, key: decryptValue(stored.key, webhookId, 'tls', keys) };
}

/** As everyone may see it who sees the webhook. */
export function toTlsView(stored: StoredTls | null): WebhookTls | null {
  return stored && { ...stored, ...(stored.key === undefined ? {} : { key: MASK }) };
}

function keptKey(
  webhookId: string,
  asked: WebhookTls,
  before: StoredTls | null,
  keys: readonly Buffer[],
): string {
  const key = storedKey(webhookId, before, keys);
  const [problem] = findTlsProblems({ ...asked, key });
  if (problem) throw RequestValidationError.at(['tls', problem.key ?? 'key'], problem.message);
  return key;
}

function storedKey(webhookId: string, before: StoredTls | null, keys: readonly Buffer[]): string {
  if (before?.key === undefined) {
    throw RequestValidationError.at(['tls', 'key'], 'tls.key is masked, and there is none to keep');
  }
  try {
    return decryptValue(before.key, webhookId, 'tls', keys);
  } catch (error) {
    if (!(error instanceof EncryptionError)) throw error;
    throw RequestValidationError.at(
      ['tls', 'key'],
      'tls.key is masked, and the stored one cannot be opened: send it again',
    );
  }
}
