import { parseArgs } from 'node:util';
import type { DataSource } from 'typeorm';
import { EarlierReleaseSeenError, finishMigration } from '../database/finish-migration.js';
import { type Command, CommandError } from './command.js';
import { readPendingMigrations, withDatabase } from './database-of-settings.js';
import { PREFIX_OPTIONS, readPrefix } from './prefix-options.js';

const USAGE = `Usage: posthorn migrate --finish [--prefix PREFIX] [--entity-prefix PREFIX]

Ends a migration from release 0.1. A server migrates its database when it starts, and until this command has run every
row is written as 0.1 reads it: one can go back to 0.1. Afterwards one cannot, and the history is stored in fewer bytes. A
database that was made by a later release needs no finish.

It takes ten seconds, in which it looks for instances of 0.1, and refuses if one still works on the database.

  --prefix         the tablePrefix of an embedded Posthorn, posthorn_ by default. Without it and --entity-prefix the
                   database of a standalone server is finished
  --entity-prefix  the entityPrefix of the host's data source; default: none`;

/** `posthorn migrate --finish`: ends a migration from an earlier release. */
export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'Ends a migration from release 0.1 (--finish).',
  usage: USAGE,
  run: async (args, { print }) => {
    const prefix = parseOptions(args);
    await withDatabase(async (dataSource, name) => {
      const pending = await readPendingMigrations(dataSource, prefix);
      if (pending.length > 0) {
        throw new CommandError(
          `${pending.length} migrations are pending on ${name}. Start a server of this release first: it applies them.`,
        );
      }
      print(
        (await finish(dataSource, prefix))
          ? `${name} is finished: no instance of an earlier release may be started on it any more.`
          : `${name} was finished before. Nothing was changed.`,
      );
    });
  },
};

async function finish(dataSource: DataSource, prefix: string | undefined): Promise<boolean> {
  try {
    return await finishMigration(dataSource, Date.now, prefix === undefined ? {} : { prefix });
  } catch (error) {
    throw error instanceof EarlierReleaseSeenError ? new CommandError(error.message) : error;
  }
}

function parseOptions(args: string[]): string | undefined {
  const { finish, ...prefixes } = parseArguments(args);
  if (!finish) throw new CommandError('Say --finish. posthorn migrate --help tells what it does.');
  return readPrefix(prefixes);
}

function parseArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      options: { finish: { type: 'boolean', default: false }, ...PREFIX_OPTIONS },
    }).values;
  } catch (error) {
    const [sentence] = (error as Error).message.split('\n');
    throw new CommandError(`${sentence} posthorn migrate --help shows the options.`);
  }
}
