import { isIP } from 'node:net';
import type { AddressPolicy } from './address-policy.js';

/** What the names of this machine come to, whatever a resolver would say (RFC 6761, 6.3). */
export const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'] as const;

/**
 * The address that a URL's host is, in whatever spelling; null where it is a name. A URL parser has turned
 * `127.1`, `0x7f.1` and `2130706433` into addresses already, but leaves brackets and a second dot at the end.
 *
 * @param hostname of a parsed URL
 */
export function parseLiteralAddress(hostname: string): string | null {
  const bare = bareHost(hostname);
  return isIP(bare) === 0 ? null : bare;
}

/** Whether a name is this machine's own: `localhost` and what ends with it, in any case, with dots at the end. */
export function isLocalhost(hostname: string): boolean {
  return /(?:^|\.)localhost$/i.test(bareHost(hostname));
}

/**
 * Why a host can never be reached, null when it may be. It is told from what is written alone: what other names come
 * to can change at any time, so they are judged at each connection.
 *
 * @param hostname of a parsed URL
 */
export function explainBlockedHost(hostname: string, policy: AddressPolicy): string | null {
  const address = parseLiteralAddress(hostname);
  if (address !== null) {
    return policy.allows(address) ? null : `${address} is an address that webhooks may not reach`;
  }
  if (!isLocalhost(hostname) || LOOPBACK_ADDRESSES.some((loopback) => policy.allows(loopback))) return null;
  return `${hostname} is this machine, which webhooks may not reach`;
}

function bareHost(hostname: string): string {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  // Not /\.+$/, which looks at every run of dots again and again.
  let end = bare.length;
  while (bare[end - 1] === '.') end -= 1;
  return bare.slice(0, end);
}
