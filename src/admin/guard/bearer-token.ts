const BEARER = /^Bearer +(\S.*)$/i;

/**
 * Parses an `Authorization` header (RFC 6750).
 *
 * @returns the token; null when the header carries no bearer token
 */
export function parseBearerToken(header: string): string | null {
  return BEARER.exec(header)?.[1]?.trim() ?? null;
}
