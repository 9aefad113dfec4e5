import { isIP } from 'node:net';
import type { AddressPolicy } from './address-policy.js';

/** The addresses of `localhost`, without asking a resolver (RFC 6761, 6.3). */
export const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'] as const;

/**
 * Parses a URL's host as an IP address. The URL parser has normalised `127.1`, `0x7f.1` and `2130706433` already; this
 * removes the brackets, and a second dot at the end.
 *
 * @param hostname of a parsed URL
 * @returns null where the host is a name
 */
export function parseLiteralAddress(hostname: string): string | null {
  const bare = stripHost(hostname);
  return isIP(bare) === 0 ? null : bare;
}

/** Whether a name is `localhost` or ends with `.localhost`, in any case, with or without dots at the end. */
export function isLocalhost(hostname: string): boolean {
  return /(?:^|\.)localhost$/i.test(stripHost(hostname));
}

/**
 * Checks a URL's host without resolving it: the first stage of the SSRF guard. Addresses of other names can change at
 * any time, so the guard checks those at each connection.
 *
 * @param hostname of a parsed URL
 * @returns why the host is blocked, in words; null when it is not
 */
export function explainBlockedHost(hostname: string, policy: AddressPolicy): string | null {
  const address = parseLiteralAddress(hostname);
  if (address !== null) {
    return policy.allows(address) ? null : `${address} is an address that webhooks may not reach`;
  }
  if (!isLocalhost(hostname) || LOOPBACK_ADDRESSES.some((loopback) => policy.allows(loopback))) return null;
  return `${hostname} is this machine, which webhooks may not reach`;
}

function stripHost(hostname: string): string {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  // Not /\.+$/, which takes quadratic time on many dots.
  let end = bare.length;
  while (bare[end - 1] === '.') end -= 1;
  return bare.slice(0, end);
}
