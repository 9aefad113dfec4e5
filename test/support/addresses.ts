/** An address, or a URL's host, and what it stands for in a table. */
export type HostRow = readonly [host: string, what: string];

/** A range that is never reached unless it is allowed: its first, a middle and its last address. */
type Range = readonly [cidr: string, first: string, middle: string, last: string];

const V4_RANGES: readonly Range[] = [
  ['0.0.0.0/8', '0.0.0.0', '0.128.7.9', '0.255.255.255'],
  ['10.0.0.0/8', '10.0.0.0', '10.20.30.40', '10.255.255.255'],
  ['100.64.0.0/10', '100.64.0.0', '100.96.1.2', '100.127.255.255'],
  ['127.0.0.0/8', '127.0.0.0', '127.127.127.127', '127.255.255.255'],
  ['169.254.0.0/16', '169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['172.16.0.0/12', '172.16.0.0', '172.24.1.1', '172.31.255.255'],
  ['192.0.0.0/24', '192.0.0.0', '192.0.0.170', '192.0.0.255'],
  ['192.0.2.0/24', '192.0.2.0', '192.0.2.128', '192.0.2.255'],
  ['192.88.99.0/24', '192.88.99.0', '192.88.99.1', '192.88.99.255'],
  ['192.168.0.0/16', '192.168.0.0', '192.168.1.1', '192.168.255.255'],
  ['198.18.0.0/15', '198.18.0.0', '198.19.0.1', '198.19.255.255'],
  ['198.51.100.0/24', '198.51.100.0', '198.51.100.99', '198.51.100.255'],
  ['203.0.113.0/24', '203.0.113.0', '203.0.113.113', '203.0.113.255'],
  ['224.0.0.0/4', '224.0.0.0', '232.1.2.3', '239.255.255.255'],
  ['240.0.0.0/4', '240.0.0.0', '248.1.2.3', '255.255.255.255'],
];

const V6_RANGES: readonly Range[] = [
  ['::/96', '::', '::8.8.8.8', '::ffff:ffff'],
  ['::ffff:0:0:0/96', '::ffff:0:0:0', '::ffff:0:808:808', '::ffff:0:ffff:ffff'],
  ['64:ff9b:1::/48', '64:ff9b:1::', '64:ff9b:1:8::808:808', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['100::/64', '100::', '100::8000:0:0:1', '100::ffff:ffff:ffff:ffff'],
  ['2001::/23', '2001::', '2001:100::1', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::/32', '2001:db8::', '2001:db8:8000::1', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['3fff::/20', '3fff::', '3fff:800::1', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['5f00::/16', '5f00::', '5f00:8000::1', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fc00::/7', 'fc00::', 'fd00::1', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fe80::/10', 'fe80::', 'fe90::1', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fec0::/10', 'fec0::', 'fee0::1', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['ff00::/8', 'ff00::', 'ff02::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
];

/** This machine, written as nobody does who means well. */
export const LOOPBACK_SPELLINGS: readonly string[] = [
  '127.1',
  '127.0.1',
  '127.0.0.1.',
  '2130706433',
  '2130706433.',
  '0x7f000001',
  '0X7F000001',
  '0x7f.1',
  '0x7f.0.1',
  '0x7f.0x0.0x0.0x1',
  '0177.0.0.1',
  '0177.1',
  '00000177.1',
  '017700000001',
  '127.0x1',
  '127.000.000.001',
  '0x7f.0.0x0.01',
  '127%2e0.0.1',
  '%31%32%37.0.0.1',
  '１２７.0.0.1',
  '①②⑦.0.0.1',
  '127。0。0。1',
  '127．0．0．1',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[0000:0000:0000:0000:0000:0000:0000:0001]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::FFFF:7F00:0001]',
  '[0:0:0:0:0:ffff:127.0.0.1]',
];

/** Further hosts that must not be reached. */
const ODD: readonly HostRow[] = [
  ['0', 'the unspecified address as a number'],
  ['0x', 'the unspecified address as an empty hexadecimal number'],
  ['4294967295', 'broadcast as a number'],
  ['0xa9fea9fe', 'the metadata service in hexadecimal'],
  ['2852039166', 'the metadata service as a number'],
  ['0251.0376.0251.0376', 'the metadata service in octal'],
  ['169.254.43518', 'the metadata service in three parts'],
  ['0300.0250.1', 'a private address in octal'],
  ['10.1', 'a private address in two parts'],
  ['[::127.0.0.1]', 'loopback, v4-compatible'],
  ['[::a00:1]', 'a private address, v4-compatible'],
  ['[64:ff9b::127.0.0.1]', 'loopback, NAT64'],
  ['[2002:7f00:1::1]', 'loopback, 6to4'],
  ['[2002:a9fe:a9fe::]', 'the metadata service, 6to4'],
  ['[2001:0:7f00:1::]', 'Teredo'],
  ['[fd00:ec2::254]', 'the metadata service of IPv6'],
];

/** Hosts that are addresses, or come to one, which nothing may reach when nothing is allowed. */
export const REFUSED_HOSTS: readonly HostRow[] = [
  ...[...V4_RANGES, ...V6_RANGES].flatMap(([cidr, first, middle, last]): HostRow[] => [
    [bracketed(first), `first of ${cidr}`],
    [bracketed(middle), `in ${cidr}`],
    [bracketed(last), `last of ${cidr}`],
  ]),
  ...V4_RANGES.flatMap(([cidr, first, middle, last]): HostRow[] => [
    [`[::ffff:${last}]`, `last of ${cidr}, mapped`],
    [`[::ffff:${hex(middle)}]`, `in ${cidr}, mapped`],
    [`[64:ff9b::${hex(first)}]`, `first of ${cidr}, NAT64`],
    [`[2002:${hex(last)}:1::2]`, `last of ${cidr}, 6to4`],
  ]),
  ...LOOPBACK_SPELLINGS.map((host): HostRow => [host, 'loopback']),
  ...ODD,
];

/** Hosts that anybody may reach. Beside well-known ones: what stands right before and after each range. */
export const PUBLIC_HOSTS: readonly HostRow[] = [
  ['1.1.1.1', 'public'],
  ['8.8.8.8', 'public'],
  ['134744072', 'public, as a number'],
  ['0x8.8.0x808', 'public, in three parts'],
  ['010.010.010.010', 'public, in octal'],
  ['[2606:4700:4700::1111]', 'public'],
  ['[2A00:1450:4001:82F:0:0:0:200E]', 'public, in capitals'],
  ['[::ffff:8.8.8.8]', 'public, mapped'],
  ['[::ffff:808:808]', 'public, mapped'],
  ['[64:ff9b::8.8.8.8]', 'public, NAT64'],
  ['[2002:808:808::1]', 'public, 6to4'],
  ['1.0.0.0', 'after 0.0.0.0/8'],
  ['9.255.255.255', 'before 10.0.0.0/8'],
  ['11.0.0.0', 'after 10.0.0.0/8'],
  ['100.63.255.255', 'before 100.64.0.0/10'],
  ['100.128.0.0', 'after 100.64.0.0/10'],
  ['126.255.255.255', 'before 127.0.0.0/8'],
  ['128.0.0.0', 'after 127.0.0.0/8'],
  ['169.253.255.255', 'before 169.254.0.0/16'],
  ['169.255.0.0', 'after 169.254.0.0/16'],
  ['172.15.255.255', 'before 172.16.0.0/12'],
  ['172.32.0.0', 'after 172.16.0.0/12'],
  ['191.255.255.255', 'before 192.0.0.0/24'],
  ['192.0.1.0', 'after 192.0.0.0/24'],
  ['192.0.1.255', 'before 192.0.2.0/24'],
  ['192.0.3.0', 'after 192.0.2.0/24'],
  ['192.88.98.255', 'before 192.88.99.0/24'],
  ['192.88.100.0', 'after 192.88.99.0/24'],
  ['192.167.255.255', 'before 192.168.0.0/16'],
  ['192.169.0.0', 'after 192.168.0.0/16'],
  ['198.17.255.255', 'before 198.18.0.0/15'],
  ['198.20.0.0', 'after 198.18.0.0/15'],
  ['198.51.99.255', 'before 198.51.100.0/24'],
  ['198.51.101.0', 'after 198.51.100.0/24'],
  ['203.0.112.255', 'before 203.0.113.0/24'],
  ['203.0.114.0', 'after 203.0.113.0/24'],
  ['223.255.255.255', 'before 224.0.0.0/4'],
  ['[2001:200::]', 'after 2001::/23'],
  ['[2001:db7:ffff:ffff:ffff:ffff:ffff:ffff]', 'before 2001:db8::/32'],
  ['[2001:db9::]', 'after 2001:db8::/32'],
  ['[2003::]', 'after 2002::/16'],
  ['[3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff]', 'before 3fff::/20'],
  ['[3fff:1000::]', 'after 3fff::/20'],
];

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** The two groups of IPv6 that an IPv4 address makes. */
function hex(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
