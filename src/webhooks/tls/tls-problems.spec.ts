import { CERTIFICATES } from '../../../test/support/certificates.js';
import { MASK } from '../../auth/mask.js';
import { findTlsProblems } from './tls-problems.js';

const { authority, client, clientKey, encryptedClientKey, serverKey } = CERTIFICATES;
const cut = (text: string) => text.replace(/^(.{60}).{40}/s, '$1');

describe('findTlsProblems', () => {
  it.each<[string, unknown]>([
    ['nothing', {}],
    ['authorities', { ca: authority }],
    ['several authorities with words between them', { ca: `The first:\n${authority}\nand\n${client}` }],
    ['a certificate and its key', { certificate: client, key: clientKey }],
    ['a certificate with its chain', { certificate: client + authority, key: clientKey }],
    ['everything', { ca: authority, certificate: client, key: clientKey }],
    ['a masked key, which stands for the stored one', { certificate: client, key: MASK }],
  ])('takes %s', (_, tls) => {
    expect(findTlsProblems(tls)).toEqual([]);
  });

  it.each<[string, unknown, string | null, RegExp]>([
    ['a text', clientKey, null, /^tls must be an object/],
    ['a list', [authority], null, /^tls must be an object/],
    ['an unknown key', { pfx: 'x' }, null, /^this field has unspecified keys: pfx$/],
    ['a number', { ca: 1 }, 'ca', /^tls\.ca must be a PEM text$/],
    ['a null', { key: null }, 'key', /^tls\.key must be a PEM text$/],
    ['too much', { ca: authority.repeat(200) }, 'ca', /^tls\.ca must be at most 65536 characters$/],
    ['no PEM', { ca: 'MIIB' }, 'ca', /^tls\.ca holds no certificate in PEM/],
    ['an empty text', { ca: '' }, 'ca', /^tls\.ca holds no certificate in PEM/],
    ['a broken certificate', { ca: cut(authority) }, 'ca', /cannot be read, number 1$/],
    ['a second one that is broken', { ca: authority + cut(authority) }, 'ca', /cannot be read, number 2$/],
    ['one that has no end', { ca: authority.replace(/-----END.*/s, '') }, 'ca', /cannot be read, number 1$/],
    [
      'a private key where all can see it',
      { ca: authority + clientKey },
      'ca',
      /^tls\.ca holds a private key/,
    ],
    ['a certificate without a key', { certificate: client }, 'key', /^tls\.key is required beside tls\.cert/],
    ['a key without a certificate', { key: clientKey }, 'certificate', /^tls\.certificate is required/],
    ['no key', { certificate: client, key: client }, 'key', /^tls\.key holds no private key in PEM/],
    [
      'a broken key',
      { certificate: client, key: cut(clientKey) },
      'key',
      /^tls\.key holds a private key that/,
    ],
    ['an encrypted key', { certificate: client, key: encryptedClientKey }, 'key', /^tls\.key is encrypted/],
    ["another's key", { certificate: client, key: serverKey }, 'key', /^tls\.key is not the private key of/],
  ])('refuses %s and says where', (_, tls, key, message) => {
    expect(findTlsProblems(tls)).toEqual([{ key, message: expect.stringMatching(message) as string }]);
  });

  it('says nothing of a key that it was given', () => {
    const secret = clientKey.split('\n')[1] ?? '';
    const told = [{ certificate: client, key: cut(clientKey) }, clientKey, { ca: clientKey }].map(
      findTlsProblems,
    );
    expect(JSON.stringify(told)).not.toContain(secret.slice(0, 20));
  });
});
