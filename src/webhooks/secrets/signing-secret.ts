import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';

/**
 * How requests are signed, as Standard Webhooks 1.0.0 names it: `v1` is HMAC-SHA256 with a secret that both sides hold
 * (`whsec_`), `v1a` is ed25519 with a private key (`whsk_`) whose public key (`whpk_`) the receiver holds.
 */
export type SecretType = 'v1' | 'v1a';

export const SECRET_TYPES: readonly SecretType[] = ['v1', 'v1a'];

const SHARED = 'whsec_';
const PRIVATE = 'whsk_';
const PUBLIC = 'whpk_';

/** The specification's bounds of a shared secret, and what is made here. */
const LEAST_BYTES = 24;
const MOST_BYTES = 64;
const MADE_BYTES = 32;

const SEED_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;

/** What stands before the 32 bytes in the two encodings that Node reads (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** A new secret: `whsec_` and the base64 of 32 random bytes, or `whsk_` and the base64 of an ed25519 seed. */
export function makeSecret(type: SecretType): string {
  return type === 'v1'
    ? SHARED + randomBytes(MADE_BYTES).toString('base64')
    : PRIVATE + randomBytes(SEED_BYTES).toString('base64');
}

/** How a secret signs. */
export function detectSecretType(secret: string): SecretType {
  return secret.startsWith(PRIVATE) ? 'v1a' : 'v1';
}

/**
 * What is wrong with a secret that somebody brings, null when nothing is; the sentence does not show it.
 *
 * `whsec_` takes 24 to 64 bytes. `whsk_` takes an ed25519 seed of 32 bytes, or one with its public key behind it, 64.
 */
export function findSecretProblem(secret: string): string | null {
  if (secret.startsWith(PUBLIC)) {
    return `secret is a public key (${PUBLIC}), which cannot sign: give the private key, ${PRIVATE}…`;
  }
  const prefix = [SHARED, PRIVATE].find((one) => secret.startsWith(one));
  if (!prefix) return `secret must begin with ${SHARED} (v1) or ${PRIVATE} (v1a)`;
  const bytes = bytesOf(secret.slice(prefix.length));
  if (!bytes) return `secret must be ${prefix} and padded base64, of the alphabet with + and /`;
  return prefix === SHARED ? sharedProblem(bytes) : privateProblem(bytes);
}

/** The key of a `v1` secret: the bytes behind its prefix. */
export function decodeSharedKey(secret: string): Buffer {
  return Buffer.from(secret.startsWith(SHARED) ? secret.slice(SHARED.length) : secret, 'base64');
}

/** The key that signs with a `v1a` secret. */
export function decodePrivateKey(secret: string): KeyObject {
  return keyOfSeed(Buffer.from(secret.slice(PRIVATE.length), 'base64').subarray(0, SEED_BYTES));
}

/** The public key of a `v1a` secret, as its receiver is given it: `whpk_…`. */
export function derivePublicKey(secret: string): string {
  return PUBLIC + rawPublicKey(decodePrivateKey(secret)).toString('base64');
}

function sharedProblem({ length }: Buffer): string | null {
  return length >= LEAST_BYTES && length <= MOST_BYTES
    ? null
    : `secret must have ${LEAST_BYTES} to ${MOST_BYTES} bytes behind ${SHARED}, and has ${length}`;
}

function privateProblem(bytes: Buffer): string | null {
  if (bytes.length === SEED_BYTES) return null;
  if (bytes.length !== SEED_BYTES + PUBLIC_KEY_BYTES) {
    return `secret must have 32 bytes behind ${PRIVATE} (an ed25519 seed), or 64 (with its public key), and has ${bytes.length}`;
  }
  const expected = rawPublicKey(keyOfSeed(bytes.subarray(0, SEED_BYTES)));
  return bytes.subarray(SEED_BYTES).equals(expected)
    ? null
    : 'secret has a public key in its last 32 bytes that does not belong to the private key before it';
}

function bytesOf(base64: string): Buffer | null {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : null;
}

function keyOfSeed(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
}

function rawPublicKey(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
}
