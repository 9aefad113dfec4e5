import { parsedUrl } from '../../http/parsed-url.js';

const HTTP_URL = /^https?:\/\/[^/\\?#]/i;
// A URL parser drops tabs and line breaks and trims spaces: what is checked would not be what is sent to.
// oxlint-disable-next-line no-control-regex
const DROPPED = /[\u0000-\u0020\u007f]/;

/**
 * What is wrong with a webhook's URL, null when nothing is. Hosts in upper case, IPv6 literals and ports are fine;
 * which addresses it may reach is decided when it is sent to.
 */
export function findUrlProblem(text: string): string | null {
  const url = HTTP_URL.test(text) && !DROPPED.test(text) ? parsedUrl(text) : null;
  if (url === null) return 'url must be a valid URL';
  return url.username === '' && url.password === ''
    ? null
    : 'url must not carry a user name or password; put credentials into an Authorization header';
}

/** Whether a valid URL begins with https. */
export function isHttps(text: string): boolean {
  return new URL(text).protocol === 'https:';
}
