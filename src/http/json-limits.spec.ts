import fc from 'fast-check';
import { isDeeperThan, isWiderThan } from './json-limits.js';

const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown;

describe('isDeeperThan', () => {
  it.each<[unknown, number, boolean]>([
    [1, 0, false],
    [null, 0, false],
    [{}, 0, true],
    [{}, 1, false],
    [{ a: [1], b: 2 }, 1, true],
    [{ a: [1], b: 2 }, 2, false],
    [nested(100), 100, false],
    [nested(101), 100, true],
    [nested(100_000), 100, true],
  ])('knows case %#', (value, levels, expected) => {
    expect(isDeeperThan(levels, value)).toBe(expected);
  });
});

const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [index, 0]));

describe('isWiderThan', () => {
  it.each<[string, unknown, boolean]>([
    ['text', 'abcd', false],
    ['null', null, false],
    ['so many keys', keys(3), false],
    ['more keys', keys(4), true],
    ['more keys in an array in an object', { a: [1, keys(4)] }, true],
    ['an array', [1, 2, 3, 4], false],
  ])('%s', (_, value, expected) => {
    expect(isWiderThan(3, value)).toBe(expected);
  });

  it('looks at a million values without walking into itself', () => {
    let deep: unknown = 0;
    for (let level = 0; level < 1_000_000; level += 1) deep = [deep];
    expect(isWiderThan(3, deep)).toBe(false);
    expect(isDeeperThan(100, deep)).toBe(true);
  });

  it('is what a walk through JSON says, and so is the depth', () => {
    const widest = (value: unknown): number =>
      typeof value !== 'object' || value === null
        ? 0
        : Math.max(Array.isArray(value) ? 0 : Object.keys(value).length, ...Object.values(value).map(widest));
    const deepest = (value: unknown): number =>
      typeof value !== 'object' || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(deepest));
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(6), (value, bound) => {
        expect(isWiderThan(bound, value)).toBe(widest(value) > bound);
        expect(isDeeperThan(bound, value)).toBe(deepest(value) > bound);
      }),
    );
  });
});
