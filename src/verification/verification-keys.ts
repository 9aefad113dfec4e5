import { createPublicKey, type KeyObject } from 'node:crypto';

/** A key that verifies signatures: a shared secret (`v1`, HMAC-SHA256) or a public key (`v1a`, ed25519). */
export type VerificationKey = { version: 'v1'; key: Buffer } | { version: 'v1a'; key: KeyObject };

const SHARED = 'whsec_';
const PUBLIC = 'whpk_';
const PRIVATE = 'whsk_';
const PUBLIC_KEY_BYTES = 32;

/** The DER prefix (SPKI) of a 32-byte ed25519 public key (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Parses a receiver's secret: `whsec_` and base64, the base64 alone, or `whpk_` and the base64 of an ed25519 public
 * key.
 *
 * @throws {TypeError} when the text is no secret; the message does not contain the text
 */
export function parseVerificationKey(secret: unknown): VerificationKey {
  if (typeof secret !== 'string' || secret === '') {
    throw new TypeError('A webhook secret is missing: give the text that begins with whsec_ or whpk_.');
  }
  if (secret.startsWith(PRIVATE)) {
    throw new TypeError(
      'A webhook secret is a private key (whsk_), which only the sender has: give the public key, whpk_.',
    );
  }
  const isPublic = secret.startsWith(PUBLIC);
  const bytes = decodeBase64(isPublic ? secret.slice(PUBLIC.length) : secret.replace(SHARED, ''));
  if (!bytes) throw new TypeError('A webhook secret is no base64 behind its prefix (whsec_ or whpk_).');
  if (!isPublic) return { version: 'v1', key: bytes };
  if (bytes.length !== PUBLIC_KEY_BYTES) {
    throw new TypeError(
      `A webhook's public key (whpk_) must have ${PUBLIC_KEY_BYTES} bytes, and has ${bytes.length}.`,
    );
  }
  const key = createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' });
  return { version: 'v1a', key };
}

function decodeBase64(base64: string): Buffer | null {
  const bytes = Buffer.from(base64, 'base64');
  const isWhole = bytes.toString('base64').replaceAll('=', '') === base64.replaceAll('=', '');
  return bytes.length > 0 && isWhole ? bytes : null;
}
