import { DataSource, type DataSourceOptions } from 'typeorm';
import { dataSourceOptions, describeDatabase } from '../database/data-source-options.js';
import { dialectOf } from '../database/dialect.js';
import { ALL_MIGRATIONS, nameMigrationsTable } from '../database/migrations/all-migrations.js';
import { connectToAny } from '../database/database-hosts.js';
import { DEFAULT_STATEMENT_TIMEOUT_MS, ownConnections } from '../database/own-connections.js';
import { writePlainSql } from '../database/plain-schema.js';
import { CONFIG_FOLDER } from '../package.js';
import { loadSettings } from '../settings/load-settings.js';
import { CommandError } from './command.js';

/** The table of applied migrations of a standalone server. */
const STANDALONE_TABLE = 'migrations';

/** The table in which TypeORM notes the migrations of a host, unless it has another name. */
export const HOST_TABLE = 'migrations';

/**
 * Connects to the database of the settings, runs work on it and disconnects. Nothing is migrated.
 *
 * @param mayBeReadOnly whether the work only reads. Default: false
 * @throws {CommandError} when the database cannot be opened
 */
export async function withDatabase<T>(
  work: (dataSource: DataSource, name: string) => Promise<T>,
  { mayBeReadOnly = false } = {},
): Promise<T> {
  const { databaseUrl: url, dataDir, databaseSsl: ssl } = loadSettings(process.env, CONFIG_FOLDER);
  const options: DataSourceOptions = dataSourceOptions({ url, dataDir, poolSize: 1, ssl }, []);
  const name = describeDatabase(options);
  const dataSource = new DataSource(options);
  if (dialectOf(dataSource) === 'mysql') {
    ownConnections(dataSource, DEFAULT_STATEMENT_TIMEOUT_MS, { mayBeReadOnly });
  }
  try {
    await connectToAny(dataSource);
  } catch (error) {
    throw new CommandError(
      `The database ${name} cannot be opened: ${(error as Error).message}. Is DATABASE_URL right?`,
    );
  }
  try {
    return await work(dataSource, name);
  } finally {
    await dataSource.destroy();
  }
}

/**
 * Lists the names of the migrations that a database lacks, oldest first.
 *
 * @param prefix of the tables of an embedded Posthorn; undefined: a standalone server
 * @param hostTable where a host that runs them with its own notes them. Default: {@link HOST_TABLE}
 */
export async function readPendingMigrations(
  dataSource: DataSource,
  prefix: string | undefined,
  hostTable: string = HOST_TABLE,
): Promise<string[]> {
  const tables = prefix === undefined ? [STANDALONE_TABLE] : [nameMigrationsTable(prefix), hostTable];
  const done = new Set<string>();
  for (const table of tables) {
    for (const name of await readAppliedMigrations(dataSource, table)) done.add(name);
  }
  return ALL_MIGRATIONS.map((Migration) => new Migration().name ?? '').filter((name) => !done.has(name));
}

async function readAppliedMigrations(dataSource: DataSource, table: string): Promise<ReadonlySet<string>> {
  const runner = writePlainSql(dataSource.createQueryRunner());
  try {
    if (!(await runner.hasTable(table))) return new Set();
    const rows = (await runner.query(`SELECT name FROM \`${table}\``)) as { name: string }[];
    return new Set(rows.map(({ name }) => name));
  } finally {
    await runner.release();
  }
}
