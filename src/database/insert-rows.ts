import type { PoolConnection } from 'mysql2';
import type { EntityManager, QueryRunner } from 'typeorm';
import { codeOf } from './database-errors.js';
import { dialectOf, placeholderRows } from './dialect.js';
import { packetLimitOf } from './packet-limit.js';

/**
 * The numbers of rows for which there is a prepared statement; the rest is inserted by a statement of text. A prepared
 * INSERT costs the server two thirds of what the same text costs, and few sizes keep the number of prepared statements
 * small.
 */
export const PREPARED_ROWS: readonly number[] = [256, 64];

/** The most rows in one statement of text. */
const MOST_TEXT_ROWS = 500;

/** The most bytes in one statement, except for a single larger row, where the server takes more. */
const MOST_BYTES = 2_000_000;

/** The rows of one statement. */
export interface Block {
  rows: unknown[][];
  isPrepared: boolean;
}

/**
 * Inserts rows by few large statements, on MySQL by prepared ones where there are many rows.
 *
 * @param manager of an open transaction, so that several statements succeed or fail together
 * @param into the statement before VALUES, `INSERT INTO table (columns)`: one of a few texts, because they are cached
 * @param rows a value for each column, null for none
 * @throws the database's error
 */
export async function insertRows(manager: EntityManager, into: string, rows: unknown[][]): Promise<void> {
  const canPrepare = dialectOf(manager) === 'mysql';
  // A text has up to twice as many bytes once its quotes are escaped.
  const mostBytes = Math.min(MOST_BYTES, packetLimitOf(manager) / 3);
  for (const block of splitIntoBlocks(rows, canPrepare ? PREPARED_ROWS : [], mostBytes)) {
    const { rows: some, isPrepared } = block;
    const columns = some[0]?.length ?? 0;
    if (isPrepared) await executePrepared(manager, preparedText(into, some.length, columns), valuesOf(some));
    else await manager.query(`${into} VALUES ${placeholderRows(some.length, columns)}`, valuesOf(some));
  }
}

/**
 * Splits rows into statements.
 *
 * @param sizes the numbers of rows of prepared statements, falling; empty: all statements are text
 * @param mostBytes of a statement's values; a single row may have more
 */
export function splitIntoBlocks(
  rows: unknown[][],
  sizes: readonly number[],
  mostBytes: number = MOST_BYTES,
): Block[] {
  const blocks: Block[] = [];
  let from = 0;
  while (from < rows.length) {
    const fitting = countFitting(rows, from, mostBytes);
    const prepared = sizes.find((size) => size <= fitting);
    const count = prepared ?? fitting;
    blocks.push({ rows: rows.slice(from, from + count), isPrepared: prepared !== undefined });
    from += count;
  }
  return blocks;
}

function countFitting(rows: unknown[][], from: number, mostBytes: number): number {
  const most = Math.min(rows.length, from + MOST_TEXT_ROWS);
  let bytes = 0;
  for (let at = from; at < most; at += 1) {
    bytes += countBytes(rows[at] ?? []);
    if (bytes > mostBytes && at > from) return at - from;
  }
  return most - from;
}

/** Counts the bytes of a row's texts. */
export function countBytes(row: readonly unknown[]): number {
  let bytes = 0;
  for (const value of row) if (typeof value === 'string') bytes += Buffer.byteLength(value);
  return bytes;
}

/** As `rows.flat()`, which takes several times as long. */
function valuesOf(rows: unknown[][]): unknown[] {
  const values: unknown[] = [];
  for (const row of rows) for (const value of row) values.push(value);
  return values;
}

const texts = new Map<string, string>();

/**
 * Caches the texts of prepared statements: the driver finds a statement by its text, and fastest by the identical string.
 */
function preparedText(into: string, rows: number, columns: number): string {
  const key = `${rows} ${into}`;
  let text = texts.get(key);
  if (!text) {
    text = `${into} VALUES ${placeholderRows(rows, columns)}`;
    texts.set(key, text);
  }
  return text;
}

/** The server has reached its limit of prepared statements, or a proxy before it supports none. */
const CANNOT_PREPARE = new Set(['ER_MAX_PREPARED_STMT_COUNT_REACHED', 'ER_UNSUPPORTED_PS']);

async function executePrepared(manager: EntityManager, sql: string, values: unknown[]): Promise<void> {
  try {
    await execute(manager, sql, values);
  } catch (error) {
    if (!CANNOT_PREPARE.has(codeOf(error) ?? '')) throw error;
    await manager.query(sql, values);
  }
}

/** TypeORM cannot execute prepared statements, so this uses the transaction's connection of the driver. */
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
