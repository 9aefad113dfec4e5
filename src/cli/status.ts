import { parseArgs } from 'node:util';
import { isMigrationFinished } from '../database/finish-migration.js';
import { ALL_MIGRATIONS } from '../database/migrations/all-migrations.js';
import { type Command, CommandError } from './command.js';
import { readPendingMigrations, withDatabase } from './database-of-settings.js';

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
    await withDatabase(
      async (dataSource, name) => {
        const pending = await readPendingMigrations(dataSource, prefix);
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

function parsePrefix(args: string[]): string | undefined {
  try {
    return parseArgs({ args, options: { prefix: { type: 'string' } } }).values.prefix;
  } catch (error) {
    const [sentence] = (error as Error).message.split('\n');
    throw new CommandError(`${sentence} posthorn status --help shows the options.`);
  }
}
