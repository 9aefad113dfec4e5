import type { PoolConnection } from 'mysql2';
import type { EntityManager, QueryRunner } from 'typeorm';
import { codeOf } from './database-errors.js';
import { dialectOf, placeholderRows } from './dialect.js';

/**
 * So many rows go in one prepared statement, as often as they are there; what is left goes as text. A server reads an
 * INSERT of so many rows for two thirds of what its text costs, and few sizes keep its prepared statements few.
 */
export const PREPARED_ROWS: readonly number[] = [256, 64];

/** The most rows in one statement of text. */
const ROWS_OF_TEXT = 500;

/** The most characters in one statement, but for a row that has more by itself: servers refuse packets of 16 MB. */
const CHARACTERS = 2_000_000;

/** The rows of one statement. */
export interface Block {
  rows: unknown[][];
  isPrepared: boolean;
}

/**
 * Inserts rows by as few statements as are sensible, on MySQL by prepared ones where there are many rows.
 *
 * @param manager of an open transaction: several statements are to be all or nothing
 * @param into what stands before VALUES, `INSERT INTO table (columns)`: one of a few texts, which are kept
 * @param rows a value for each column, null for none
 * @throws what the database refuses
 */
export async function insertRows(manager: EntityManager, into: string, rows: unknown[][]): Promise<void> {
  const canPrepare = dialectOf(manager) === 'mysql';
  for (const block of blocksOf(rows, canPrepare ? PREPARED_ROWS : [])) {
    const { rows: some, isPrepared } = block;
    const columns = some[0]?.length ?? 0;
    if (isPrepared) await prepared(manager, preparedText(into, some.length, columns), valuesOf(some));
    else await manager.query(`${into} VALUES ${placeholderRows(some.length, columns)}`, valuesOf(some));
  }
}

/**
 * Cuts rows into statements.
 *
 * @param sizes how many rows a prepared statement may have, falling; none: all goes as text
 */
export function blocksOf(rows: unknown[][], sizes: readonly number[]): Block[] {
  const blocks: Block[] = [];
  let from = 0;
  while (from < rows.length) {
    const fitting = howManyFit(rows, from);
    const prepared = sizes.find((size) => size <= fitting);
    const count = prepared ?? fitting;
    blocks.push({ rows: rows.slice(from, from + count), isPrepared: prepared !== undefined });
    from += count;
  }
  return blocks;
}

function howManyFit(rows: unknown[][], from: number): number {
  const most = Math.min(rows.length, from + ROWS_OF_TEXT);
  let characters = 0;
  for (let at = from; at < most; at += 1) {
    for (const value of rows[at] ?? []) if (typeof value === 'string') characters += value.length;
    if (characters > CHARACTERS && at > from) return at - from;
  }
  return most - from;
}

/** `flat()` takes several times as long. */
function valuesOf(rows: unknown[][]): unknown[] {
  const values: unknown[] = [];
  for (const row of rows) for (const value of row) values.push(value);
  return values;
}

const texts = new Map<string, string>();

/** The text of a prepared statement is what it is found by: the same string, not one that reads the same, is found at once. */
function preparedText(into: string, rows: number, columns: number): string {
  const key = `${rows} ${into}`;
  let text = texts.get(key);
  if (!text) {
    text = `${into} VALUES ${placeholderRows(rows, columns)}`;
    texts.set(key, text);
  }
  return text;
}

/** The server has as many prepared statements as it lets there be, or something before it takes none. */
const CANNOT_PREPARE = new Set(['ER_MAX_PREPARED_STMT_COUNT_REACHED', 'ER_UNSUPPORTED_PS']);

async function prepared(manager: EntityManager, sql: string, values: unknown[]): Promise<void> {
  try {
    await execute(manager, sql, values);
  } catch (error) {
    if (!CANNOT_PREPARE.has(codeOf(error) ?? '')) throw error;
    await manager.query(sql, values);
  }
}

/** TypeORM has no way to a prepared statement; its connection, which is the transaction's, has. */
async function execute(manager: EntityManager, sql: string, values: unknown[]): Promise<void> {
  const connection = await connectionOf(manager.queryRunner);
  await new Promise<void>((resolve, reject) => {
    connection.execute(sql, values as (string | number | boolean | null)[], (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

async function connectionOf(runner: QueryRunner | undefined): Promise<PoolConnection> {
  if (!runner?.isTransactionActive) throw new Error('Rows can only be inserted in a transaction.');
  return (await runner.connect()) as PoolConnection;
}
