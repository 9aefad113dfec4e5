import { isIP } from 'node:net';

/** Express' names for networks. */
const NAMED_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * Finds what is wrong with a list of trusted proxies; null where it is valid.
 *
 * @param text a number of proxies, or addresses, networks and their names, separated by commas; empty: none
 */
export function findTrustedProxiesProblem(text: string): string | null {
  if (text === 'true') {
    return (
      'it cannot be "true", which would believe whatever a client writes into X-Forwarded-For. ' +
      'Say how many proxies stand before this server, or their addresses'
    );
  }
  if (isNone(text) || /^\d{1,2}$/.test(text)) return null;
  const wrong = partsOf(text).find((part) => !isNetwork(part));
  return wrong === undefined
    ? null
    : `"${wrong}" is no address, no network such as 10.0.0.0/8, and none of ${NAMED_NETWORKS.join(', ')}`;
}

/** Parses a valid list into Express' `trust proxy`: false, a number of proxies counted from this server, or networks. */
export function parseTrustedProxies(text: string): false | number | string[] {
  if (isNone(text)) return false;
  return /^\d+$/.test(text) ? Number(text) : partsOf(text);
}

function isNone(text: string): boolean {
  return text === '' || text === '0' || text === 'false';
}

function partsOf(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function isNetwork(part: string): boolean {
  if (NAMED_NETWORKS.includes(part)) return true;
  const [address = '', bits, ...more] = part.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
