import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** A network in CIDR notation that cannot be read. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** Networks that are refused unless the operator allows them: private, local, reserved, multicast and broadcast. */
const REFUSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Azure's platform services (its metadata among them), which every virtual machine reaches at this public address.
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map((cidr) => parseNetwork(cidr));

/** The only public addresses of IPv6: everything else is local, reserved, or not given out yet (IANA). */
const PUBLIC_V6 = parseNetwork('2000::/3');

/** Networks of {@link PUBLIC_V6} that are refused all the same: protocols such as Teredo, and documentation. */
const REFUSED_V6 = ['2001::/23', '2001:db8::/32', '3fff::/20'].map((cidr) => parseNetwork(cidr));

/** IPv6 ranges that embed an IPv4 address, and the byte at which it begins. The embedded address decides. */
const CARRIERS: readonly (readonly [Network, number])[] = [
  [parseNetwork('::ffff:0:0/96'), 12],
  [parseNetwork('64:ff9b::/96'), 12],
  [parseNetwork('2002::/16'), 2],
];

/** Addresses that lead to this machine; to those of 0.0.0.0/8 and `::` most systems connect as to loopback. */
const THIS_MACHINE = ['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128', '::ffff:127.0.0.0/104'].map((cidr) =>
  parseNetwork(cidr),
);

/** The policy of the SSRF guard: decides to which addresses a socket may connect. */
export class AddressPolicy {
  private readonly allowed: Network[];

  /**
   * @param allowedNetworks CIDRs (or single addresses) that are allowed although they are private
   * @throws {NetworkError} naming the network that cannot be read
   */
  constructor(allowedNetworks: readonly string[]) {
    this.allowed = allowedNetworks.map((cidr) => parseNetwork(cidr));
  }

  /** @param address an IP address as a socket names it, with or without a zone; anything else is refused */
  allows(address: string): boolean {
    const bare = address.split('%', 1)[0] as string;
    if (!ipaddr.isValid(bare)) return false;
    return this.allowsParsed(parseAddress(bare));
  }

  /** Whether some address is allowed that leads to this machine. */
  allowsThisMachine(): boolean {
    return this.allowed.some((network) => THIS_MACHINE.some((own) => overlap(network, own)));
  }

  private allowsParsed(address: Address): boolean {
    if (this.allowed.some((network) => contains(network, address))) return true;
    const embedded = extractIpv4(address);
    if (embedded) return this.allowsParsed(embedded);
    if (address.kind() === 'ipv4') return !REFUSED_V4.some((network) => contains(network, address));
    return (
      contains(PUBLIC_V6, address) &&
      !REFUSED_V6.some((network) => contains(network, address)) &&
      !isIsatap(address)
    );
  }
}

function parseNetwork(cidr: string): Network {
  const [address = '', bits] = cidr.split('/');
  // The library also reads shortened spellings ("10.0" is 10.0.0.0), which in a configuration are mistakes.
  const family = isIP(address);
  const wrong = new NetworkError(
    `"${cidr}" is no network in CIDR notation such as 10.0.0.0/8 or fd00::/8. Look at WEBHOOKS_ALLOWED_NETWORKS.`,
  );
  if (family === 0) throw wrong;
  try {
    return bits === undefined ? [ipaddr.parse(address), family === 4 ? 32 : 128] : ipaddr.parseCIDR(cidr);
  } catch {
    throw wrong;
  }
}

function overlap(one: Network, other: Network): boolean {
  return contains(one, other[0]) || contains(other, one[0]);
}

/** The library takes the compat form `::8.8.8.8` for the mapped `::ffff:8.8.8.8`, which is another address. */
function parseAddress(text: string): Address {
  const compat = /^::(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (compat === undefined || isIP(text) !== 6) return ipaddr.parse(text);
  return new ipaddr.IPv6([...Array<number>(12).fill(0), ...ipaddr.IPv4.parse(compat).toByteArray()]);
}

function contains([network, bits]: Network, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, bits);
}

/**
 * Whether an IPv6 address is one of ISATAP (RFC 5214): 00-00-5E-FE or 02-00-5E-FE before an IPv4 address, under any
 * prefix. Its router would send the packet to that IPv4 address, in the network of the router.
 */
function isIsatap(address: Address): boolean {
  const [first, ...rest] = address.toByteArray().slice(8, 12);
  return (first === 0 || first === 2) && rest[0] === 0 && rest[1] === 0x5e && rest[2] === 0xfe;
}

/** @returns the embedded IPv4 address; null where there is none */
function extractIpv4(address: Address): ipaddr.IPv4 | null {
  if (address.kind() === 'ipv4') return null;
  const carrier = CARRIERS.find(([network]) => contains(network, address));
  if (!carrier) return null;
  const start = carrier[1];
  return new ipaddr.IPv4(address.toByteArray().slice(start, start + 4));
}
