import { parseArgs } from 'node:util';
import { isMigrationFinished } from '../database/finish-migration.js';
import { ALL_MIGRATIONS } from '../database/migrations/all-migrations.js';
import { DEFAULT_PREFIX } from '../database/prefixed-runner.js';
import { type Command, CommandError } from './command.js';
import { HOST_TABLE, readPendingMigrations, withDatabase } from './database-of-settings.js';
import { PREFIX_OPTIONS, readPrefix } from './prefix-options.js';

const USAGE = `Usage: posthorn status [--prefix PREFIX] [--entity-prefix PREFIX] [--migrations-table NAME]

Lists the pending migrations of the database of DATABASE_URL, changes nothing, and exits with 1 if there are any.

  --prefix            the tablePrefix of an embedded Posthorn, ${DEFAULT_PREFIX} by default. Without it and --entity-prefix
                      the database of a standalone server is checked
  --entity-prefix     the entityPrefix of the host's data source; default: none
  --migrations-table  the host's own table of migrations, where it runs webhooksMigrations() with its own; default:
                      ${HOST_TABLE}`;

/** `posthorn status`: lists pending migrations. */
export const statusCommand: Command = {
  name: 'status',
  summary: 'Says whether the database is up to date; exits with 1 when it is behind.',
  usage: USAGE,
  run: async (args, { print }) => {
    const { prefix, hostTable } = parseOptions(args);
    await withDatabase(
      async (dataSource, name) => {
        const pending = await readPendingMigrations(dataSource, prefix, hostTable);
        for (const migration of pending) print(`pending  ${migration}`);
        if (pending.length > 0) {
          throw new CommandError(
            `${pending.length} of ${ALL_MIGRATIONS.length} migrations are pending on ${name}.`,
          );
        }
        print(`${name} is up to date: ${ALL_MIGRATIONS.length} migrations.`);
        if (!(await isMigrationFinished(dataSource, prefix))) {
          print('It can still go back to release 0.1: posthorn migrate --finish ends that.');
        }
      },
      { mayBeReadOnly: true },
    );
  },
};

function parseOptions(args: string[]): { prefix: string | undefined; hostTable: string } {
  try {
    const { 'migrations-table': hostTable, ...prefixes } = parseArgs({
      args,
      options: { ...PREFIX_OPTIONS, 'migrations-table': { type: 'string', default: HOST_TABLE } },
    }).values;
    return { prefix: readPrefix(prefixes), hostTable };
  } catch (error) {
    const [sentence] = (error as Error).message.split('\n');
    throw new CommandError(`${sentence} posthorn status --help shows the options.`);
  }
}
