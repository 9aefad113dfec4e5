import type { EntityManager } from 'typeorm';
import { dialectOf, placeholderRows } from './dialect.js';

const ROWS_PER_STATEMENT = 100;

/** The columns of an upsert that adds. */
export interface AddedColumns {
  /** The primary key. */
  keys: readonly string[];
  /** Increased by the row's value. */
  sums: readonly string[];
  /** Set to the larger one of the stored and the row's value. */
  largest: readonly string[];
}

/**
 * Upserts rows: where a key exists, the values are added to the stored row. Concurrent calls both count, because the
 * statement itself adds and nothing is read before it.
 *
 * @param table quoted
 * @param rows values in the order keys, sums, largest; sorted by their keys, so that two writers cannot deadlock
 */
export async function upsertAdd(
  manager: EntityManager,
  table: string,
  { keys, sums, largest }: AddedColumns,
  rows: unknown[][],
): Promise<void> {
  const columns = [...keys, ...sums, ...largest];
  const isMysql = dialectOf(manager) === 'mysql';
  // MySQL deprecates VALUES() in favour of an alias, which MariaDB does not know.
  const given = (column: string) => (isMysql ? `VALUES(${column})` : `excluded.${column}`);
  const larger = isMysql ? 'GREATEST' : 'MAX';
  const changes = [
    ...sums.map((column) => `${column} = ${table}.${column} + ${given(column)}`),
    ...largest.map((column) => `${column} = ${larger}(${table}.${column}, ${given(column)})`),
  ].join(', ');
  const clash = isMysql
    ? `ON DUPLICATE KEY UPDATE ${changes}`
    : `ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${changes}`;
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    const some = rows.slice(from, from + ROWS_PER_STATEMENT);
    await manager.query(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${placeholderRows(some.length, columns.length)} ${clash}`,
      some.flat(),
    );
  }
}
