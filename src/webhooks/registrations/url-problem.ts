import { parseUrl } from '../../http/parse-url.js';

const HTTP_URL = /^https?:\/\/[^/\\?#]/i;
// The URL parser drops tabs and line breaks and trims spaces: the checked URL would differ from the stored one.
// oxlint-disable-next-line no-control-regex
const DROPPED = /[\u0000-\u0020\u007f]/;

/**
 * Checks the syntax of a webhook's URL. Upper-case hosts, IPv6 literals and ports are valid. The SSRF guard checks the
 * addresses when a request is sent.
 *
 * @returns what is wrong, in a sentence; null when it is valid
 */
export function findUrlProblem(text: string): string | null {
  const url = HTTP_URL.test(text) && !DROPPED.test(text) ? parseUrl(text) : null;
  if (url === null) return 'url must be a valid URL';
  return url.username === '' && url.password === ''
    ? null
    : 'url must not carry a user name or password; put credentials into an Authorization header';
}

/** Whether a valid URL has the scheme https. */
export function isHttps(text: string): boolean {
  return new URL(text).protocol === 'https:';
}
