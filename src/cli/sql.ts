import { parseArgs } from 'node:util';
import type { Dialect } from '../database/dialect.js';
import { migrationsAsSql } from '../database/migrations/migrations-as-sql.js';
import { DEFAULT_PREFIX } from '../database/prefixed-runner.js';
import { type Command, CommandError } from './command.js';

const USAGE = `Usage: posthorn sql --dialect mysql|sqlite [--prefix PREFIX]

Prints the SQL that creates Posthorn's tables in an empty database and records the migrations as applied, for review
before it is run. It does not connect to a database.

  --dialect  mysql (MariaDB too) or sqlite
  --prefix   the prefix of the tables' names; default: ${DEFAULT_PREFIX}`;

/** `posthorn sql`: prints the migrations as SQL. */
export const sqlCommand: Command = {
  name: 'sql',
  summary: 'Prints the tables of an embedded Posthorn as SQL.',
  usage: USAGE,
  run: async (args, { print }) => {
    const { dialect, prefix } = parseOptions(args);
    for (const statement of await migrationsAsSql(dialect, prefix)) print(`${statement};`);
  },
};

function parseOptions(args: string[]): { dialect: Dialect; prefix: string } {
  try {
    const { dialect, prefix } = parseArgs({
      args,
      options: { dialect: { type: 'string' }, prefix: { type: 'string', default: DEFAULT_PREFIX } },
    }).values;
    if (dialect === 'mysql' || dialect === 'sqlite') return { dialect, prefix };
  } catch (error) {
    const [sentence] = (error as Error).message.split('\n');
    throw new CommandError(`${sentence} posthorn sql --help shows the options.`);
  }
  throw new CommandError('Name the dialect: --dialect mysql or --dialect sqlite.');
}
