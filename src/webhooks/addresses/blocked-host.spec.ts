import { AddressPolicy } from './address-policy.js';
import { explainBlockedHost } from './blocked-host.js';

const closed = new AddressPolicy([]);
const hostOf = (host: string) => new URL(`http://${host}:8080/hook`).hostname;

describe('explainBlockedHost', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0x7f000001',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
    '127.0.0.1..',
    '127%2e0.0.1',
    '127。0。0。1',
    '１２７.0.0.1',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:7f00:1]',
    '[::ffff:127.0.0.1]',
    '[0:0:0:0:0:FFFF:7F00:0001]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '169.254.169.254',
    '0xa9fea9fe',
  ])('finds the address in %s', (host) => {
    expect(explainBlockedHost(hostOf(host), closed)).toMatch(/is an address that webhooks may not reach$/);
  });

  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'localhost..',
    'a.b.localhost',
    'loc%61lhost',
    'ⓛocalhost',
  ])('finds this machine in %s', (host) => {
    expect(explainBlockedHost(hostOf(host), closed)).toMatch(
      /is this machine, which webhooks may not reach$/,
    );
  });

  it.each([
    '8.8.8.8',
    '134744072',
    '[2606:4700::1111]',
    'example.com',
    'localhost.example.com',
    'notlocalhost',
  ])('lets %s pass', (host) => {
    expect(explainBlockedHost(hostOf(host), closed)).toBeNull();
  });

  it.each([['127.0.0.0/8'], ['::1']])('takes localhost where %s is allowed', (network) => {
    expect(explainBlockedHost('localhost', new AddressPolicy([network]))).toBeNull();
  });

  it('says which address it is', () => {
    expect(explainBlockedHost(hostOf('0x7f.1'), closed)).toBe(
      '127.0.0.1 is an address that webhooks may not reach',
    );
  });
});
