import { blocksOf, PREPARED_ROWS } from './insert-rows.js';

const shape = (count: number, sizes: readonly number[] = PREPARED_ROWS, text = 'x') =>
  blocksOf(
    Array.from({ length: count }, () => [text, 1, null]),
    sizes,
  ).map(({ rows, isPrepared }) => `${isPrepared ? 'prepared' : 'text'} ${rows.length}`);

describe('blocksOf', () => {
  it.each([
    [0, []],
    [1, ['text 1']],
    [63, ['text 63']],
    [64, ['prepared 64']],
    [200, ['prepared 64', 'prepared 64', 'prepared 64', 'text 8']],
    [256, ['prepared 256']],
    [321, ['prepared 256', 'prepared 64', 'text 1']],
  ])('cuts %i rows into statements of few sizes', (count, expected) => {
    expect(shape(count)).toEqual(expected);
  });

  it('writes all as text where nothing is prepared, and no statement without end', () => {
    expect(shape(499, [])).toEqual(['text 499']);
    expect(shape(1_200, [])).toEqual(['text 500', 'text 500', 'text 200']);
  });

  it('puts big rows into statements that a server takes', () => {
    expect(shape(40, PREPARED_ROWS, 'x'.repeat(700_000))).toEqual(Array(20).fill('text 2'));
    expect(shape(3, PREPARED_ROWS, 'x'.repeat(3_000_000))).toEqual(['text 1', 'text 1', 'text 1']);
  });

  it('keeps every row, in its order', () => {
    const rows = Array.from({ length: 777 }, (_, n) => [n]);
    expect(blocksOf(rows, PREPARED_ROWS).flatMap((block) => block.rows)).toEqual(rows);
  });
});
