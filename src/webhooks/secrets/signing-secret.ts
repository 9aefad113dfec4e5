import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';

/**
 * The signature scheme of Standard Webhooks 1.0.0: `v1` is HMAC-SHA256 with a secret that both sides hold (`whsec_`),
 * `v1a` is ed25519 with a private key (`whsk_`); the receiver holds the public key (`whpk_`).
 */
export type SecretType = 'v1' | 'v1a';

/** Every {@link SecretType}. */
export const SECRET_TYPES: readonly SecretType[] = ['v1', 'v1a'];

const SHARED = 'whsec_';
const PRIVATE = 'whsk_';
const PUBLIC = 'whpk_';

/** The specification's bounds of a shared secret, and the size of a generated one. */
const LEAST_BYTES = 24;
const MOST_BYTES = 64;
const GENERATED_BYTES = 32;

const SEED_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;

/** The DER prefixes of a raw ed25519 key in PKCS #8 and SPKI (RFC 8410), the encodings that Node reads. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** Generates a secret: `whsec_` and the base64 of 32 random bytes, or `whsk_` and the base64 of an ed25519 seed. */
export function makeSecret(type: SecretType): string {
  return type === 'v1'
    ? SHARED + randomBytes(GENERATED_BYTES).toString('base64')
    : PRIVATE + randomBytes(SEED_BYTES).toString('base64');
}

/** Detects a secret's type by its prefix. */
export function detectSecretType(secret: string): SecretType {
  return secret.startsWith(PRIVATE) ? 'v1a' : 'v1';
}

/**
 * Checks a secret of a request: `whsec_` with 24 to 64 bytes, or `whsk_` with an ed25519 seed of 32 bytes, or with 64
 * bytes, the seed and its public key.
 *
 * @returns what is wrong, in a sentence that does not show the secret; null when it is valid
 */
export function findSecretProblem(secret: string): string | null {
  if (secret.startsWith(PUBLIC)) {
    return `secret is a public key (${PUBLIC}), which cannot sign: give the private key, ${PRIVATE}…`;
  }
  const prefix = [SHARED, PRIVATE].find((one) => secret.startsWith(one));
  if (!prefix) return `secret must begin with ${SHARED} (v1) or ${PRIVATE} (v1a)`;
  const bytes = decodeBase64(secret.slice(prefix.length));
  if (!bytes) return `secret must be ${prefix} and padded base64, of the alphabet with + and /`;
  return prefix === SHARED ? findSharedProblem(bytes) : findPrivateProblem(bytes);
}

/** Decodes the HMAC key of a `v1` secret: the bytes behind its prefix. */
export function decodeSharedKey(secret: string): Buffer {
  return Buffer.from(secret.startsWith(SHARED) ? secret.slice(SHARED.length) : secret, 'base64');
}

/** Decodes the ed25519 private key of a `v1a` secret. */
export function decodePrivateKey(secret: string): KeyObject {
  return importSeed(Buffer.from(secret.slice(PRIVATE.length), 'base64').subarray(0, SEED_BYTES));
}

/** Derives the public key of a `v1a` secret in the receiver's form: `whpk_…`. */
export function derivePublicKey(secret: string): string {
  return PUBLIC + exportPublicKey(decodePrivateKey(secret)).toString('base64');
}

function findSharedProblem({ length }: Buffer): string | null {
  return length >= LEAST_BYTES && length <= MOST_BYTES
    ? null
    : `secret must have ${LEAST_BYTES} to ${MOST_BYTES} bytes behind ${SHARED}, and has ${length}`;
}

function findPrivateProblem(bytes: Buffer): string | null {
  if (bytes.length === SEED_BYTES) return null;
  if (bytes.length !== SEED_BYTES + PUBLIC_KEY_BYTES) {
    return `secret must have 32 bytes behind ${PRIVATE} (an ed25519 seed), or 64 (with its public key), and has ${bytes.length}`;
  }
  const expected = exportPublicKey(importSeed(bytes.subarray(0, SEED_BYTES)));
  return bytes.subarray(SEED_BYTES).equals(expected)
    ? null
    : 'secret has a public key in its last 32 bytes that does not belong to the private key before it';
}

/** @returns null for a text that is not the canonical, padded base64 of its bytes */
function decodeBase64(base64: string): Buffer | null {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : null;
}

function importSeed(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
}

function exportPublicKey(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
}
