import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ConflictError } from '../../http/envelope-error.js';

const ALGORITHM = 'aes-256-gcm';
const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A sealed text that none of the keys opens. To a caller of the API a 409: it waits for a key, not for another request. */
export class SealError extends ConflictError {
  override readonly name = 'SealError';
}

/**
 * Seals a text with AES-256-GCM under the newest key: `v1.<base64url of nonce, ciphertext and tag>`.
 *
 * @param context what the text belongs to, row and column; it opens there alone, so that nothing can be swapped
 * @param keys 32 bytes each, newest first, at least one
 */
export function seal(text: string, context: string, keys: readonly Buffer[]): string {
  const [newest] = keys;
  if (!newest) throw new SealError('There is no key to seal with. Set SECRETS_KEY.');
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, newest, nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${VERSION}.${sealed.toString('base64url')}`;
}

/**
 * Opens what {@link seal} sealed, with whichever key fits.
 *
 * @throws {SealError} when no key does, or the text was changed or belongs elsewhere
 */
export function open(sealed: string, context: string, keys: readonly Buffer[]): string {
  const [version, payload] = sealed.split('.');
  if (version === VERSION && payload) {
    const bytes = Buffer.from(payload, 'base64url');
    for (const key of keys) {
      const text = openWith(key, bytes, context);
      if (text !== null) return text;
    }
  }
  throw new SealError(
    `No key of SECRETS_KEY opens what is sealed as "${context}". Put the key that sealed it back into the list, or replace the value.`,
  );
}

/** What is opened, or null where no key does. */
export function decryptOrNull<T>(opened: () => T): T | null {
  try {
    return opened();
  } catch (error) {
    if (error instanceof SealError) return null;
    throw error;
  }
}

function openWith(key: Buffer, bytes: Buffer, context: string): string | null {
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
