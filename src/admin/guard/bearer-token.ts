const BEARER = /^Bearer +(\S.*)$/i;

/**
 * The token of an `Authorization` header (RFC 6750).
 *
 * @returns null when it is no bearer token
 */
export function parseBearerToken(header: string): string | null {
  return BEARER.exec(header)?.[1]?.trim() ?? null;
}
