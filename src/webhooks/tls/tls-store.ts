import { MASK } from '../../auth/mask.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { StoredTls, WebhookTls } from '../model/webhook-tls.js';
import { EncryptionError } from '../secrets/encryption.js';
import { decryptValue, encryptValue } from '../secrets/webhook-secrets.js';
import { findTlsProblems } from './tls-problems.js';

/**
 * Applies a change to a webhook's stored `tls`, and encrypts the private key.
 *
 * @param asked left out: keep what is stored; null: remove it; with a masked key: keep the stored key
 * @param keys 32 bytes each, newest first
 * @throws {RequestValidationError} when the key is masked and none is stored, it cannot be decrypted, or it belongs to
 *   another certificate
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
  const key = asked.key === MASK ? keepStoredKey(webhookId, asked, before, keys) : asked.key;
  return { ...asked, key: encryptValue(key, webhookId, 'tls', keys) };
}

/** @throws {EncryptionError} when no key decrypts the private key */
export function decryptTls(
  webhookId: string,
  stored: StoredTls | null,
  keys: readonly Buffer[],
): WebhookTls | null {
  if (stored?.key === undefined) return stored;
  return { ...stored, key: decryptValue(stored.key, webhookId, 'tls', keys) };
}

/** Converts a stored `tls` to its view: the private key is masked. */
export function toTlsView(stored: StoredTls | null): WebhookTls | null {
  return stored && { ...stored, ...(stored.key === undefined ? {} : { key: MASK }) };
}

function keepStoredKey(
  webhookId: string,
  asked: WebhookTls,
  before: StoredTls | null,
  keys: readonly Buffer[],
): string {
  const key = decryptStoredKey(webhookId, before, keys);
  const [problem] = findTlsProblems({ ...asked, key });
  if (problem) throw RequestValidationError.at(['tls', problem.key ?? 'key'], problem.message);
  return key;
}

function decryptStoredKey(webhookId: string, before: StoredTls | null, keys: readonly Buffer[]): string {
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
