import type { EntityManager } from 'typeorm';
import { splitIntoBlocks, insertRows, PREPARED_ROWS } from './insert-rows.js';

const shape = (count: number, sizes: readonly number[] = PREPARED_ROWS, text = 'x') =>
  splitIntoBlocks(
    Array.from({ length: count }, () => [text, 1, null]),
    sizes,
  ).map(({ rows, isPrepared }) => `${isPrepared ? 'prepared' : 'text'} ${rows.length}`);

describe('splitIntoBlocks', () => {
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

  it('counts bytes, not characters, against the limit of the server', () => {
    const rows = Array.from({ length: 6 }, () => ['€'.repeat(100)]);
    expect(splitIntoBlocks(rows, [], 700).map((block) => block.rows.length)).toEqual([2, 2, 2]);
    expect(splitIntoBlocks(rows, [], 100).map((block) => block.rows.length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('keeps every row, in its order', () => {
    const rows = Array.from({ length: 777 }, (_, n) => [n]);
    expect(splitIntoBlocks(rows, PREPARED_ROWS).flatMap((block) => block.rows)).toEqual(rows);
  });
});

describe('insertRows', () => {
  /** A MySQL transaction that records its statements; prepared ones fail with the code, if there is one. */
  function transaction(code: string | null, isOpen = true) {
    const given: string[] = [];
    const note = (kind: string, sql: string, values: unknown[]) =>
      given.push(`${kind} ${sql.slice(0, 24)} ${values.length}`);
    const connection = {
      execute(sql: string, values: unknown[], done: (error: Error | null) => void): void {
        note('execute', sql, values);
        done(code === null ? null : Object.assign(new Error('refused'), { code }));
      },
    };
    const manager = {
      dataSource: { options: { type: 'mysql' } },
      queryRunner: { isTransactionActive: isOpen, connect: () => Promise.resolve(connection) },
      query: (sql: string, values: unknown[]) => Promise.resolve(note('query', sql, values)),
    };
    return { given, manager: manager as unknown as EntityManager };
  }

  const rows = (count: number) => Array.from({ length: count }, (_, n) => [n, 'x']);
  const INTO = 'INSERT INTO t (a, b)';

  it('prepares where there are many rows', async () => {
    const { given, manager } = transaction(null);
    await insertRows(manager, INTO, rows(65));
    expect(given).toEqual([`execute ${INTO} VAL 128`, `query ${INTO} VAL 2`]);
  });

  it('goes on with text where the server prepares no more', async () => {
    const { given, manager } = transaction('ER_MAX_PREPARED_STMT_COUNT_REACHED');
    await insertRows(manager, INTO, rows(64));
    expect(given).toEqual([`execute ${INTO} VAL 128`, `query ${INTO} VAL 128`]);
  });

  it('passes on what else goes wrong', async () => {
    const { given, manager } = transaction('ER_LOCK_DEADLOCK');
    await expect(insertRows(manager, INTO, rows(64))).rejects.toThrow('refused');
    expect(given).toHaveLength(1);
  });

  it('refuses many rows outside of a transaction, where half of them could stay', async () => {
    const { manager } = transaction(null, false);
    await expect(insertRows(manager, INTO, rows(64))).rejects.toThrow('in a transaction');
  });
});
