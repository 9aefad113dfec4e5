import { readHostCaller } from './host-caller.js';

describe('readHostCaller', () => {
  it('takes a tenant or null, and the scopes that are said', () => {
    expect(readHostCaller({ tenant: 'acme', scopes: ['webhooks:read'], name: 'ann', tokenId: '7' })).toEqual({
      tenant: 'acme',
      scopes: ['webhooks:read'],
      name: 'ann',
      tokenId: '7',
    });
    expect(readHostCaller({ tenant: null, scopes: [] })).toEqual({
      tenant: null,
      scopes: [],
      name: 'host',
      tokenId: null,
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /must return an object, and returned undefined/],
    ['null', null, /must return an object, and returned null/],
    ['a text', 'acme', /must return an object/],
    [
      'a promise that nobody awaited',
      Promise.resolve({ tenant: 'acme', scopes: [] }),
      /must return a "tenant"/,
    ],
    ['no tenant', { scopes: ['*'] }, /must return a "tenant"/],
    ['a number for a tenant', { tenant: 7, scopes: ['*'] }, /must return a "tenant"/],
    ['an empty tenant', { tenant: '', scopes: ['*'] }, /wrong "tenant": tenant must have 1 to 255/],
    ['a tenant with a space behind it', { tenant: 'acme ', scopes: ['*'] }, /wrong "tenant"/],
    ['no scopes', { tenant: 'acme' }, /must return "scopes"/],
    ['a text for scopes', { tenant: 'acme', scopes: '*' }, /must return "scopes"/],
    ['an unknown scope', { tenant: 'acme', scopes: ['all'] }, /unknown scope "all"/],
    ['a number for a name', { tenant: 'acme', scopes: [], name: 7 }, /"name" that is a text/],
    ['a number for a token', { tenant: 'acme', scopes: [], tokenId: 7 }, /"tokenId" that is a text/],
  ])('refuses %s in words', (_, returned, sentence) => {
    expect(() => readHostCaller(returned)).toThrow(sentence);
  });
});
