import type { EntityManager } from 'typeorm';
import { dialectOf, placeholderRows } from './dialect.js';

const ROWS_PER_STATEMENT = 100;

/** What columns of a table are, for rows that are added to what stands. */
export interface AddedColumns {
  /** The primary key. */
  keys: readonly string[];
  /** Counted up by what a row has. */
  sums: readonly string[];
  /** Kept where it is larger than what a row has. */
  largest: readonly string[];
}

/**
 * Adds rows to those that stand under the same keys, and puts the others there. Two that add at once both count: each
 * statement adds by itself, and reads nothing before.
 *
 * @param table quoted
 * @param rows values in the order keys, sums, largest; sorted by their keys, so that two writers never cross
 */
export async function upsertAdd(
  manager: EntityManager,
  table: string,
  { keys, sums, largest }: AddedColumns,
  rows: unknown[][],
): Promise<void> {
  const columns = [...keys, ...sums, ...largest];
  const isMysql = dialectOf(manager) === 'mysql';
  // MySQL would rather have an alias than VALUES(), which MariaDB does not know.
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
