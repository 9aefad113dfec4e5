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
    ['a scope that is undefined', { tenant: 'acme', scopes: [undefined] }, /scope of the type undefined/],
    // oxlint-disable-next-line no-sparse-arrays
    ['a list with a gap', { tenant: 'acme', scopes: [, '*'] }, /scope of the type undefined/],
    ['a scope without a JSON form', { tenant: 'acme', scopes: [1n] }, /scope of the type bigint/],
    ['a list in a list', { tenant: 'acme', scopes: [['*']] }, /scope of the type object/],
    ['a set of scopes', { tenant: 'acme', scopes: new Set(['*']) }, /must return "scopes"/],
    ['a promise of scopes', { tenant: null, scopes: Promise.resolve(['*']) }, /must return "scopes"/],
    ['a promise of a tenant', { tenant: Promise.resolve('a'), scopes: [] }, /must return a "tenant"/],
    ['a list', [], /must return a "tenant"/],
    ['a function', () => ({ tenant: null, scopes: ['*'] }), /must return an object, and returned function/],
    ['a number for a name', { tenant: 'acme', scopes: [], name: 7 }, /"name" that is a text/],
    ['null for a name', { tenant: 'acme', scopes: [], name: null }, /"name" that is a text/],
    ['a name that is too long', { tenant: 'acme', scopes: [], name: 'a'.repeat(256) }, /at most 255/],
    ['a number for a token', { tenant: 'acme', scopes: [], tokenId: 7 }, /"tokenId" that is null or a text/],
    ['a token that is too long', { tenant: 'acme', scopes: [], tokenId: 'a'.repeat(65) }, /at most 64/],
  ])('refuses %s in words', (_, returned, sentence) => {
    expect(() => readHostCaller(returned)).toThrow(sentence);
  });
});
