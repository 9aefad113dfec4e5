import { type QueryRunner, Table, type TableIndex } from 'typeorm';
import { isDuplicateKey } from '../../database/database-errors.js';
import { ContentTypeError } from '../content-type-error.js';
import type { ContentType } from '../content-type.js';
import { buildSchemaName } from './table-names.js';

/** Puts into a new table what it must begin with. */
export type Filling = (runner: QueryRunner, table: string) => Promise<void>;

/**
 * Makes a table, or the columns and indices that it lacks.
 *
 * @param fill what a new table begins with: it has its name only once it is filled
 * @returns the names of the columns that were added to a table that was there
 * @throws {ContentTypeError} when something becomes unique that is not
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
  // SQLite and MySQL alike tell columns apart without regard to case.
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
  const making = buildSchemaName(wanted.name, 'new');
  await runner.dropTable(making, true);
  await runner.createTable(new Table({ name: making, columns: wanted.columns }));
  await fill(runner, making);
  await runner.query(`ALTER TABLE \`${making}\` RENAME TO \`${wanted.name}\``);
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
