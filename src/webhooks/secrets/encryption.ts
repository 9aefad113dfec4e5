import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ConflictError } from '../../http/envelope-error.js';

const ALGORITHM = 'aes-256-gcm';
const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * No key of the list encrypts or decrypts a value. The API answers 409: the caller has to wait until the operator puts
 * the key back, another request does not help.
 */
export class EncryptionError extends ConflictError {
  override readonly name = 'EncryptionError';
}

/**
 * Encrypts a text with AES-256-GCM under the newest key: `v1.<base64url of nonce, ciphertext and tag>`.
 *
 * @param context the row and column of the value, authenticated as additional data: the ciphertext decrypts in that
 *   place only, so nobody can swap two values
 * @param keys 32 bytes each, newest first, at least one
 * @throws {EncryptionError} when the list of keys is empty
 */
export function encrypt(text: string, context: string, keys: readonly Buffer[]): string {
  const [newest] = keys;
  if (!newest) throw new EncryptionError('There is no key to seal with. Set SECRETS_KEY.');
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, newest, nonce).setAAD(Buffer.from(context));
  const bytes = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${VERSION}.${bytes.toString('base64url')}`;
}

/**
 * Decrypts a text that {@link encrypt} made, with the first key that fits.
 *
 * @throws {EncryptionError} when no key fits, or the text was changed or belongs to another context
 */
export function decrypt(encrypted: string, context: string, keys: readonly Buffer[]): string {
  const [version, payload] = encrypted.split('.');
  if (version === VERSION && payload) {
    const bytes = Buffer.from(payload, 'base64url');
    for (const key of keys) {
      const text = decryptWith(key, bytes, context);
      if (text !== null) return text;
    }
  }
  throw new EncryptionError(
    `No key of SECRETS_KEY opens what is sealed as "${context}". Put the key that sealed it back into the list, or replace the value.`,
  );
}

/**
 * Runs a decryption.
 *
 * @returns null where it throws an {@link EncryptionError}
 */
export function decryptOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof EncryptionError) return null;
    throw error;
  }
}

function decryptWith(key: Buffer, bytes: Buffer, context: string): string | null {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
