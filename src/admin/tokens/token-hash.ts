import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new token: `pht_` and 32 random bytes. */
export function makeToken(): string {
  return `pht_${randomBytes(32).toString('base64url')}`;
}

/** Whether a text has the shape of what {@link makeToken} makes. */
export function hasTokenFormat(text: string): boolean {
  return /^pht_[A-Za-z0-9_-]{43}$/.test(text);
}

/**
 * What is kept of a token: SHA-256, hexadecimal. A token is 256 random bits, so that a slow hash would protect nothing
 * more.
 */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Whether two hashes are the same, in a time that does not tell where they differ. */
export function isSameHash(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
