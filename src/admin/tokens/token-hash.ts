import { hash as digest, randomBytes, timingSafeEqual } from 'node:crypto';

/** Generates a token: `pht_` and the base64url of 32 random bytes. */
export function makeToken(): string {
  return `pht_${randomBytes(32).toString('base64url')}`;
}

/** Whether a text has the format of {@link makeToken}. */
export function hasTokenFormat(text: string): boolean {
  return /^pht_[A-Za-z0-9_-]{43}$/.test(text);
}

/**
 * Hashes a token for storage: SHA-256, hexadecimal. A token has 256 random bits, so a slow password hash would add no
 * protection.
 */
export function hashToken(token: string): string {
  return digest('sha256', token, 'hex');
}

/** Compares two hashes in constant time. */
export function isSameHash(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
