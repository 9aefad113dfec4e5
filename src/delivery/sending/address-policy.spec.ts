import { AddressPolicy, NetworkError } from './address-policy.js';

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
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:808:808::',
  ])('allows %j', (address) => {
    expect(closed.allows(address)).toBe(true);
  });

  it('opens what the operator says, and nothing beside it', () => {
    const policy = new AddressPolicy(['10.1.0.0/16', '::1']);
    expect(policy.allows('10.1.2.3')).toBe(true);
    expect(policy.allows('::ffff:10.1.2.3')).toBe(true);
    expect(policy.allows('::1')).toBe(true);
    expect(policy.allows('10.2.0.1')).toBe(false);
    expect(policy.allows('127.0.0.1')).toBe(false);
  });

  it('names a network that it cannot read', () => {
    expect(() => new AddressPolicy(['10.0.0.0/33'])).toThrow(NetworkError);
    expect(() => new AddressPolicy(['10.0.0'])).toThrow(NetworkError);
    expect(() => new AddressPolicy(['intranet'])).toThrow('"intranet" is no network');
  });
});
