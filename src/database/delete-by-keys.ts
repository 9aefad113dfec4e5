import type { EntityManager } from 'typeorm';
import { writeWhere } from './conditional-write.js';
import { byPrimaryKey, dialectOf, placeholders } from './dialect.js';

/**
 * Deletes rows by the primary key or its first column, and locks no other row. For `IN (…)` MySQL scans the whole of a
 * small table, whatever index is hinted, and waits for rows that other transactions have locked. Joined with a table of
 * keys (`JSON_TABLE`), each key is looked up by itself.
 *
 * @param table quoted
 * @param column a text column: the primary key or the first of its columns
 * @param and a further condition on a row
 * @returns how many rows were deleted
 */
export async function deleteByKeys(
  manager: EntityManager,
  table: string,
  column: string,
  keys: readonly string[],
  and?: { sql: string; values: unknown[] },
): Promise<number> {
  if (keys.length === 0) return 0;
  const values = and?.values ?? [];
  if (dialectOf(manager) === 'sqlite') {
    const where = `${column} IN (${placeholders(keys.length)})${and ? ` AND ${and.sql}` : ''}`;
    return writeWhere(manager, `DELETE FROM ${table} WHERE ${where}`, [...keys, ...values]);
  }
  const given = "JSON_TABLE(?, '$[*]' COLUMNS (wanted VARCHAR(255) CHARACTER SET utf8mb4 PATH '$')) AS given";
  return writeWhere(
    manager,
    `DELETE removed FROM ${given} STRAIGHT_JOIN ${table} AS removed${byPrimaryKey('mysql')}
     ON removed.${column} = given.wanted COLLATE utf8mb4_bin${and ? ` WHERE ${and.sql}` : ''}`,
    [JSON.stringify(keys), ...values],
  );
}
