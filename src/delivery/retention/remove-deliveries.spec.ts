import { groupByAttempts } from './remove-deliveries.js';

const deliveries = (...attempts: number[]) =>
  attempts.map((attempts_begun, index) => ({ id: String(index), attempts_begun }));

describe('groupByAttempts', () => {
  it.each([
    [[], []],
    [[1, 1, 1], [['0', '1', '2']]],
    [[0, 0], [['0', '1']]],
    [
      [250, 250, 1],
      [['0', '1'], ['2']],
    ],
    [
      [499, 2, 498, 1],
      [['0'], ['1', '2'], ['3']],
    ],
    [
      [700, 1],
      [['0'], ['1']],
    ],
  ])('puts deliveries with %j attempts into groups of 500 attempts at the most', (attempts, groups) => {
    expect(groupByAttempts(deliveries(...attempts))).toEqual(groups);
  });
});
