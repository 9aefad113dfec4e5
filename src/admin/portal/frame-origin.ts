import { isLoopbackName } from '../../http/host-names.js';
import { parseUrl } from '../../http/parse-url.js';

/** Names and a port alone: an origin goes into a header, and a URL may have `;`, `'` and `*` in its host. */
const ORIGIN = /^https?:\/\/[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/;

/**
 * Finds what is wrong with an origin whose pages shall frame the portal.
 *
 * @returns a sentence; null when it can be used
 */
export function findFrameOriginProblem(text: string): string | null {
  const url = parseUrl(text);
  if (url === null || url.origin !== text || !ORIGIN.test(text)) {
    return 'origins must be origins such as https://app.example.com, without a path and without *';
  }
  if (url.protocol === 'https:' || isLoopbackName(url.hostname)) return null;
  return `origins must be https, and ${text} is not: a page that anyone on the way can change must not frame the portal`;
}
