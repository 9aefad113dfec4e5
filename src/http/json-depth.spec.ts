import { isDeeperThan } from './json-depth.js';

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
