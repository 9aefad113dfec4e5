import { hashToken, isSameHash, makeToken } from './token-hash.js';

describe('tokens', () => {
  it('are 32 random bytes behind a prefix that scanners can find', () => {
    expect(makeToken()).toMatch(/^pht_[A-Za-z0-9_-]{43}$/);
    expect(makeToken()).not.toBe(makeToken());
  });

  it('are kept as SHA-256', () => {
    expect(hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it.each([
    ['abc', 'abc', true],
    ['abc', 'abd', false],
    ['abc', 'abcd', false],
  ])('compare %s and %s', (one, other, expected) => {
    expect(isSameHash(hashToken(one), hashToken(other))).toBe(expected);
    expect(isSameHash(one, other)).toBe(expected);
  });
});
