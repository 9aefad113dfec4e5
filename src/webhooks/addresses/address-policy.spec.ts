import fc from 'fast-check';
import { AddressPolicy, NetworkError } from './address-policy.js';
import { explainBlockedHost } from './blocked-host.js';

describe('AddressPolicy', () => {
  const closed = new AddressPolicy([]);

  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '192.168.255.255',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::8.8.8.8',
    '2002:7f00:1::',
    'fe80::1%eth0',
    'fd00::1',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
    '3fff::1',
    '168.63.129.16',
    '::ffff:168.63.129.16',
    '64:ff9b::168.63.129.16',
    '::8.8.8.8',
    '0:0:0:0:0:0:8.8.8.8',
    '0::0:8.8.8.8',
    '::808:808',
    '::ffff:0:8.8.8.8',
    '2606:4700::5efe:8.8.8.8',
    '2606:4700::200:5efe:10.0.0.1',
    'fe80::5efe:8.8.8.8',
    '1fff:ffff::1',
    '4000::1',
    '5f00::1',
    'fec0::1',
    '8000::1',
    '64:ff9b:2::1',
    '100::1',
    'localhost',
    '',
  ])('refuses %j', (address) => {
    expect(closed.allows(address)).toBe(false);
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '2606:4700::1111',
    '2000::1',
    '2a00:1450::5eff:808:808',
    '3ffe::1',
    '168.63.129.17',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:808:808::',
  ])('allows %j', (address) => {
    expect(closed.allows(address)).toBe(true);
  });

  it('refuses everything of IPv6 outside of 2000::/3 that carries no IPv4 address', () => {
    const outside = fc
      .tuple(fc.integer({ min: 0x65, max: 0xffff }), fc.integer({ min: 0, max: 0xffff }))
      .filter(([first]) => first >> 13 !== 1);
    const isRefused = ([first, rest]: [number, number]) =>
      !closed.allows(`${first.toString(16)}:${rest.toString(16)}::1`);
    fc.assert(fc.property(outside, isRefused), { numRuns: 2_000 });
  });

  it('opens what the operator says, and nothing beside it', () => {
    const policy = new AddressPolicy(['10.1.0.0/16', '::1']);
    expect(policy.allows('10.1.2.3')).toBe(true);
    expect(policy.allows('::ffff:10.1.2.3')).toBe(true);
    expect(policy.allows('::1')).toBe(true);
    expect(policy.allows('10.2.0.1')).toBe(false);
    expect(policy.allows('127.0.0.1')).toBe(false);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.0.0.53/32', true],
    ['0.0.0.0/0', true],
    ['0.0.0.0', true],
    ['64.0.0.0/2', true],
    ['::1', true],
    ['::/0', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.0/8', false],
    ['128.0.0.0/1', false],
    ['fd00::/8', false],
  ])('knows whether %j leads to this machine: %j', (network, expected) => {
    expect(new AddressPolicy([network]).allowsThisMachine()).toBe(expected);
  });

  it('names a network that it cannot read', () => {
    expect(() => new AddressPolicy(['10.0.0.0/33'])).toThrow(NetworkError);
    expect(() => new AddressPolicy(['10.0.0'])).toThrow(NetworkError);
    expect(() => new AddressPolicy(['intranet'])).toThrow('"intranet" is no network');
  });
});

/** Written again, so that a range that is lost in the policy is missed here. */
const RANGES: readonly (readonly [first: number, bits: number])[] = [
  [0x00000000, 8],
  [0x0a000000, 8],
  [0x64400000, 10],
  [0x7f000000, 8],
  [0xa83f8110, 32],
  [0xa9fe0000, 16],
  [0xac100000, 12],
  [0xc0000000, 24],
  [0xc0000200, 24],
  [0xc0586300, 24],
  [0xc0a80000, 16],
  [0xc6120000, 15],
  [0xc6336400, 24],
  [0xcb007100, 24],
  [0xe0000000, 4],
  [0xf0000000, 4],
];

/** An IPv4 address as a number, in one of the ranges. */
const refusedV4 = fc
  .constantFrom(...RANGES)
  .chain(([first, bits]) =>
    fc.integer({ min: 0, max: 2 ** (32 - bits) - 1 }).map((offset) => first + offset),
  );

const anyV4 = fc.oneof(refusedV4, fc.integer({ min: 0, max: 0xffffffff }));

const bytesOf = (address: number): number[] => [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff);
const dotted = (address: number): string => bytesOf(address).join('.');
const hex = (address: number): string =>
  `${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}`;

/** One of the ways to write a part of an address: decimal, hexadecimal, octal, with zeros before it. */
const written = (part: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(String(part)),
    fc.nat(3).map((zeros) => `0x${'0'.repeat(zeros)}${part.toString(16)}`),
    fc.nat(3).map((zeros) => `0X${'0'.repeat(zeros)}${part.toString(16).toUpperCase()}`),
    fc.nat(3).map((zeros) => `0${'0'.repeat(zeros)}${part.toString(8)}`),
  );

/** One of the ways to write an address: one to four parts, the last of which takes what is left. */
const spelled = (address: number): fc.Arbitrary<string> =>
  fc.integer({ min: 1, max: 4 }).chain((count) => {
    const bytes = bytesOf(address);
    const last = bytes.slice(count - 1).reduce((sum, byte) => sum * 256 + byte, 0);
    const parts = [...bytes.slice(0, count - 1), last];
    return fc
      .tuple(fc.tuple(...parts.map(written)), fc.constantFrom('.', '%2e', '。'), fc.constantFrom('', '.'))
      .map(([texts, dot, end]) => texts.join(dot) + end);
  });

describe('AddressPolicy, whatever the address', () => {
  const closed = new AddressPolicy([]);

  it('refuses what is in a refused range, in every spelling', () => {
    const spelling = refusedV4.chain((address) => fc.tuple(fc.constant(address), spelled(address)));
    const isRefused = ([address, text]: [number, string]) => {
      const { hostname } = new URL(`http://${text}/`);
      return hostname === dotted(address) && explainBlockedHost(hostname, closed) !== null;
    };
    fc.assert(fc.property(spelling, isRefused), { numRuns: 2_000 });
  });

  it.each([
    ['mapped', (address: number) => [`::ffff:${dotted(address)}`, `::ffff:${hex(address)}`]],
    ['NAT64', (address: number) => [`64:ff9b::${dotted(address)}`, `64:ff9b::${hex(address)}`]],
    ['6to4', (address: number) => [`2002:${hex(address)}::`, `2002:${hex(address)}:1:2:3:4:5`]],
  ])('judges %s addresses by the one inside', (_, carriersOf) => {
    const isJudgedByInner = (address: number) => {
      const inner = closed.allows(dotted(address));
      return carriersOf(address).every((carrier) => closed.allows(carrier) === inner);
    };
    fc.assert(fc.property(anyV4, isJudgedByInner), { numRuns: 2_000 });
  });

  it('refuses every address that is only wrapped', () => {
    const wrapped = fc.constantFrom('::', '::ffff:0:', '64:ff9b:1::');
    const isRefused = (address: number, prefix: string) => !closed.allows(prefix + hex(address));
    fc.assert(fc.property(anyV4, wrapped, isRefused), { numRuns: 2_000 });
  });

  it('refuses what is no address, and throws at nothing', () => {
    const text = fc.string({ unit: 'binary' });
    const isRefused = (any: string) =>
      !closed.allows(`host-${any}`) && typeof closed.allows(any) === 'boolean';
    fc.assert(fc.property(text, isRefused), { numRuns: 2_000 });
  });
});
