/** Characters that an admin token must have at least: 16 of `openssl rand -hex 32` are 64 random bits. */
const FEWEST_CHARACTERS = 16;

/** The most: all headers of a request together may have 16 KB, and other programs take less. */
const MOST_CHARACTERS = 4_096;

/**
 * Finds what is wrong with ADMIN_TOKEN; null where it is valid. A header loses white space at the ends of its value, and
 * carries no line break and nothing beyond Latin-1, so that no request could ever present such a token.
 *
 * @returns a sentence without the token
 */
export function findAdminTokenProblem(token: string): string | null {
  if (token.trim() !== token) {
    return 'it begins or ends with white space, such as the line break of `echo`, which no request can carry. Set it without';
  }
  if (!/^[\x20-\x7e\xa0-\xff]*$/.test(token)) {
    return 'it has a character that no request can carry. Make one with: openssl rand -hex 32';
  }
  if (token.length < FEWEST_CHARACTERS) {
    return `it has ${token.length} characters, and must have at least ${FEWEST_CHARACTERS}, because whoever guesses it may do everything. Make one with: openssl rand -hex 32`;
  }
  if (token.length > MOST_CHARACTERS) {
    return `it has ${token.length} characters, more than the ${MOST_CHARACTERS} that a request can surely carry. Make one with: openssl rand -hex 32`;
  }
  return null;
}
