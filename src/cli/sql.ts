import { parseArgs } from 'node:util';
import type { Dialect } from '../database/dialect.js';
import { LAST_MIGRATIONS } from '../database/migrations/all-migrations.js';
import { printMigrations } from '../database/migrations/migrations-as-sql.js';
import { DEFAULT_PREFIX } from '../database/prefixed-runner.js';
import { type Command, CommandError } from './command.js';
import { PREFIX_OPTIONS, readPrefix } from './prefix-options.js';

const USAGE = `Usage: posthorn sql --dialect mysql|sqlite [--prefix PREFIX] [--entity-prefix PREFIX] [--from VERSION]

Prints the SQL that creates Posthorn's tables in an empty database and records the migrations as applied, for review
before it is run. With --from it prints what has changed since that release. It does not connect to a database.

  --dialect        mysql (MariaDB too) or sqlite
  --prefix         the module's tablePrefix; default: ${DEFAULT_PREFIX}
  --entity-prefix  the entityPrefix of the host's data source, which stands before it; default: none
  --from           the release that made or last migrated the tables: ${Object.keys(LAST_MIGRATIONS).join(', ')}`;

/** `posthorn sql`: prints the migrations as SQL. */
export const sqlCommand: Command = {
  name: 'sql',
  summary: 'Prints the tables of an embedded Posthorn as SQL.',
  usage: USAGE,
  run: async (args, { print }) => {
    const { dialect, prefix, from } = parseOptions(args);
    for (const statement of await printMigrations(dialect, prefix, from)) print(`${statement};`);
  },
};

interface SqlOptions {
  dialect: Dialect;
  prefix: string;
  /** The name of the last migration of a release. */
  from?: string;
}

function parseOptions(args: string[]): SqlOptions {
  const { dialect, from, ...prefixes } = parseArguments(args);
  if (dialect !== 'mysql' && dialect !== 'sqlite') {
    throw new CommandError('Name the dialect: --dialect mysql or --dialect sqlite.');
  }
  const options = { dialect, prefix: readPrefix(prefixes) ?? DEFAULT_PREFIX } as const;
  if (from === undefined) return options;
  const last = LAST_MIGRATIONS[from];
  if (last === undefined) {
    const known = Object.keys(LAST_MIGRATIONS).join(', ');
    throw new CommandError(`There is no release ${from}: --from takes one of ${known}.`);
  }
  return { ...options, from: last };
}

function parseArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      options: { dialect: { type: 'string' }, from: { type: 'string' }, ...PREFIX_OPTIONS },
    }).values;
  } catch (error) {
    const [sentence] = (error as Error).message.split('\n');
    throw new CommandError(`${sentence} posthorn sql --help shows the options.`);
  }
}
