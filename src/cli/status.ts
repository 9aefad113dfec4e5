import { parseArgs } from 'node:util';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { dataSourceOptions, describeDatabase } from '../database/data-source-options.js';
import { dialectOf } from '../database/dialect.js';
import { DEFAULT_STATEMENT_TIMEOUT_MS, ownConnections } from '../database/own-connections.js';
import { isMigrationFinished } from '../database/finish-migration.js';
import { ALL_MIGRATIONS, nameMigrationsTable } from '../database/migrations/all-migrations.js';
import { CONFIG_FOLDER } from '../package.js';
import { loadSettings } from '../settings/load-settings.js';
import { type Command, CommandError } from './command.js';

/** The table of applied migrations of a standalone server. */
const STANDALONE_TABLE = 'migrations';

const USAGE = `Usage: posthorn status [--prefix PREFIX]

Lists the pending migrations of the database of DATABASE_URL, changes nothing, and exits with 1 if there are any.

  --prefix   the table prefix of an embedded Posthorn, posthorn_ by default. Without it the database of a standalone
             server is checked`;

/** `posthorn status`: lists pending migrations. */
export const statusCommand: Command = {
  name: 'status',
  summary: 'Says whether the database is up to date; exits with 1 when it is behind.',
  usage: USAGE,
  run: async (args, { print }) => {
    const prefix = parsePrefix(args);
    const { databaseUrl: url, dataDir, databaseSsl: ssl } = loadSettings(process.env, CONFIG_FOLDER);
    const options = dataSourceOptions({ url, dataDir, poolSize: 1, ssl }, []);
    const pending = await readPendingMigrations(options, prefix);
    for (const name of pending) print(`pending  ${name}`);
    if (pending.length > 0) {
      throw new CommandError(
        `${pending.length} of ${ALL_MIGRATIONS.length} migrations are pending on ${describeDatabase(options)}.`,
      );
    }
    print(`${describeDatabase(options)} is up to date: ${ALL_MIGRATIONS.length} migrations.`);
    if (!(await isFinished(options, prefix))) {
      print('It can still go back to release 0.1: posthorn migrate --finish ends that.');
    }
  },
};

/**
 * Lists the names of the migrations that a database lacks, oldest first.
 *
 * @param prefix of the tables of an embedded Posthorn; undefined: a standalone server
 */
export async function readPendingMigrations(
  options: DataSourceOptions,
  prefix: string | undefined,
): Promise<string[]> {
  const table = prefix === undefined ? STANDALONE_TABLE : nameMigrationsTable(prefix);
  const done = await readAppliedMigrations(new DataSource(options), table);
  return ALL_MIGRATIONS.map((Migration) => new Migration().name ?? '').filter((name) => !done.has(name));
}

async function isFinished(options: DataSourceOptions, prefix = ''): Promise<boolean> {
  const dataSource = await new DataSource(options).initialize();
  try {
    return await isMigrationFinished(dataSource, prefix);
  } finally {
    await dataSource.destroy();
  }
}

async function readAppliedMigrations(dataSource: DataSource, table: string): Promise<ReadonlySet<string>> {
  if (dialectOf(dataSource) === 'mysql') {
    ownConnections(dataSource, DEFAULT_STATEMENT_TIMEOUT_MS, { mayBeReadOnly: true });
  }
  try {
    await dataSource.initialize();
  } catch (error) {
    throw new CommandError(
      `The database ${describeDatabase(dataSource.options)} cannot be opened: ${(error as Error).message}. Is DATABASE_URL right?`,
    );
  }
  const runner = dataSource.createQueryRunner();
  try {
    if (!(await runner.hasTable(table))) return new Set();
    const rows = (await runner.query(`SELECT name FROM \`${table}\``)) as { name: string }[];
    return new Set(rows.map(({ name }) => name));
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

function parsePrefix(args: string[]): string | undefined {
  try {
    return parseArgs({ args, options: { prefix: { type: 'string' } } }).values.prefix;
  } catch (error) {
    const [sentence] = (error as Error).message.split('\n');
    throw new CommandError(`${sentence} posthorn status --help shows the options.`);
  }
}
