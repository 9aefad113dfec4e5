import { randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/** Generates the secret of a link: the base64url of 32 random bytes. */
export function makeLinkSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Generates the token of a session: `phs_` and the base64url of 32 random bytes. */
export function makeSessionToken(): string {
  return `phs_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/** Whether a text has the format of {@link makeSessionToken}. */
export function hasSessionTokenFormat(text: string): boolean {
  return /^phs_[A-Za-z0-9_-]{43}$/.test(text);
}
