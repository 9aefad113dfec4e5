import type { EntityManager } from 'typeorm';
import { LostRaceError } from './database-errors.js';
import { byPrimaryKey, dialectOf, placeholderRows, placeholders } from './dialect.js';

/**
 * Runs a conditional write: an UPDATE or DELETE whose WHERE says what the rows were when they were read.
 *
 * @param manager of an open transaction
 * @returns how many rows still were so and are written; they are won when the transaction commits
 */
export async function writeWhere(manager: EntityManager, sql: string, values: unknown[]): Promise<number> {
  const { queryRunner } = manager;
  if (!queryRunner) throw new Error('A conditional write belongs to a transaction.');
  const { affected } = await queryRunner.query(sql, values, true);
  return affected ?? 0;
}

/**
 * Runs a conditional write that has to win every row.
 *
 * @param rows how many rows were read
 * @param what their name in the error: `deliveries`
 * @throws {LostRaceError} when another transaction has changed one of them, which `inReadCommitted` begins anew
 */
export async function writeAllWhere(
  manager: EntityManager,
  sql: string,
  values: unknown[],
  rows: number,
  what: string,
): Promise<void> {
  if ((await writeWhere(manager, sql, values)) < rows) throw new LostRaceError(what);
}

const ROWS_PER_STATEMENT = 500;

/** The columns of {@link writeUnchanged}. */
export interface TokenColumns {
  /** The primary key. */
  key: string;
  /** What is written. */
  columns: readonly string[];
  /** A text column with a new token of every writer that has read the row before. */
  token: string;
}

/**
 * Writes rows that exist, each if its token is still the one that was read with it, and reads back by the new token
 * what it has written.
 *
 * @param table quoted
 * @param rows values in the order key, columns, token as it was read; sorted by their keys
 * @throws {LostRaceError} when another transaction has written one of them meanwhile
 */
export async function writeUnchanged(
  manager: EntityManager,
  table: string,
  columns: TokenColumns,
  rows: unknown[][],
  newToken: string,
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    await writeSomeUnchanged(manager, table, columns, rows.slice(from, from + ROWS_PER_STATEMENT), newToken);
  }
}

async function writeSomeUnchanged(
  manager: EntityManager,
  table: string,
  { key, columns, token }: TokenColumns,
  rows: unknown[][],
  newToken: string,
): Promise<void> {
  const all = [key, ...columns, token];
  const isMysql = dialectOf(manager) === 'mysql';
  const setMysql = (column: string, value: string) =>
    `${column} = IF(${table}.${token} = VALUES(${token}), ${value}, ${table}.${column})`;
  const clash = isMysql
    ? // MySQL assigns from left to right: the token comes last, because the others compare it.
      `ON DUPLICATE KEY UPDATE ${[
        ...columns.map((column) => setMysql(column, `VALUES(${column})`)),
        setMysql(token, '?'),
      ].join(', ')}`
    : `ON CONFLICT (${key}) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')},
       ${token} = ? WHERE ${table}.${token} = excluded.${token}`;
  await manager.query(
    `INSERT INTO ${table} (${all.join(', ')}) VALUES ${placeholderRows(rows.length, all.length)} ${clash}`,
    [...rows.flat(), newToken],
  );
  const [row] = await manager.query<{ written: string | number }[]>(
    `SELECT COUNT(*) AS written FROM ${table} WHERE ${key} IN (${placeholders(rows.length)}) AND ${token} = ?`,
    [...rows.map(([id]) => id), newToken],
  );
  if (Number(row?.written) < rows.length) throw new LostRaceError('rows');
}

/**
 * Holds rows until the transaction ends by writing them without a change, so that nobody deletes them meanwhile: a
 * written row is locked by engines whose locking reads lock nothing, too. SQLite has one writer at a time.
 *
 * @param table quoted
 * @param ids sorted, so that two holders do not deadlock
 */
export async function holdRows(
  manager: EntityManager,
  table: string,
  column: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0 || dialectOf(manager) === 'sqlite') return;
  await manager.query(
    `UPDATE ${table}${byPrimaryKey('mysql')} SET ${column} = ${column} WHERE id IN (${placeholders(ids.length)})`,
    [...ids],
  );
}
