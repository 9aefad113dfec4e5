import type { EntityManager } from 'typeorm';
import { byPrimaryKey, dialectOf, placeholders } from './dialect.js';

/**
 * Deletes rows by their primary keys, or by its first column, and reads no other row. Of a table in which few others
 * are left MySQL would read `IN (…)` from beginning to end, whatever index is named, and wait for rows that others
 * hold; keys that come as a table of their own are looked up one by one.
 *
 * @param table quoted
 * @param column of text, the primary key or the first of its columns
 * @param and what else must hold of a row: SQL, with its values behind it
 */
export async function deleteByKeys(
  manager: EntityManager,
  table: string,
  column: string,
  keys: readonly string[],
  and?: { sql: string; values: unknown[] },
): Promise<void> {
  if (keys.length === 0) return;
  const values = and?.values ?? [];
  if (dialectOf(manager) === 'sqlite') {
    const where = `${column} IN (${placeholders(keys.length)})${and ? ` AND ${and.sql}` : ''}`;
    await manager.query(`DELETE FROM ${table} WHERE ${where}`, [...keys, ...values]);
    return;
  }
  const given = "JSON_TABLE(?, '$[*]' COLUMNS (wanted VARCHAR(255) CHARACTER SET utf8mb4 PATH '$')) AS given";
  await manager.query(
    `DELETE removed FROM ${given} STRAIGHT_JOIN ${table} AS removed${byPrimaryKey('mysql')}
     ON removed.${column} = given.wanted COLLATE utf8mb4_bin${and ? ` WHERE ${and.sql}` : ''}`,
    [JSON.stringify(keys), ...values],
  );
}
