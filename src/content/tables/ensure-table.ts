import { type QueryRunner, Table, type TableIndex } from 'typeorm';
import { isDuplicateKey } from '../../database/database-errors.js';
import { ContentTypeError } from '../content-type-error.js';
import type { ContentType } from '../content-type.js';
import { buildSchemaName } from './table-names.js';

/** Fills a new table with its first rows. */
export type Filling = (runner: QueryRunner, table: string) => Promise<void>;

/**
 * Creates a table, or adds missing columns and indexes to an existing one.
 *
 * @param fill fills a new table; the table gets its final name only after that
 * @returns the names of the columns that were added to an existing table
 * @throws {ContentTypeError} when a unique index meets duplicate values
 */
export async function ensureTable(
  runner: QueryRunner,
  wanted: Table,
  type: ContentType,
  fill?: Filling,
): Promise<string[]> {
  const found = await runner.getTable(wanted.name);
  if (!found) {
    await (fill ? createFilled(runner, wanted, type, fill) : runner.createTable(wanted, true));
    return [];
  }
  // Column names are case-insensitive in SQLite and MySQL.
  const has = new Set(found.columns.map(({ name }) => name.toLowerCase()));
  const missing = wanted.columns.filter(({ name }) => !has.has(name.toLowerCase()));
  if (missing.length > 0) await runner.addColumns(wanted.name, missing);
  if (missing.some(({ name }) => name === 'tenant_scope')) {
    await runner.query(`UPDATE \`${wanted.name}\` SET \`tenant_scope\` = COALESCE(\`tenant\`, '')`);
  }
  for (const index of wanted.indices) {
    if (!found.indices.some(({ name }) => name === index.name)) {
      await addIndex(runner, wanted.name, index, type);
    }
  }
  return missing.map(({ name }) => name);
}

async function createFilled(
  runner: QueryRunner,
  wanted: Table,
  type: ContentType,
  fill: Filling,
): Promise<void> {
  const draft = buildSchemaName(wanted.name, 'new');
  await runner.dropTable(draft, true);
  await runner.createTable(new Table({ name: draft, columns: wanted.columns }));
  await fill(runner, draft);
  await runner.query(`ALTER TABLE \`${draft}\` RENAME TO \`${wanted.name}\``);
  for (const index of wanted.indices) await addIndex(runner, wanted.name, index, type);
}

async function addIndex(
  runner: QueryRunner,
  table: string,
  index: TableIndex,
  type: ContentType,
): Promise<void> {
  try {
    await runner.createIndex(table, index);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const [attribute] = index.columnNames.filter((name) => name !== 'tenant_scope');
    const problem = attribute
      ? `cannot become unique: entries in the table "${table}" share a value. Make them differ first.`
      : `cannot become a single type: the table "${table}" has several entries. Leave one first.`;
    throw new ContentTypeError(type.file, attribute ?? null, problem, { cause: error });
  }
}
