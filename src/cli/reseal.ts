import { parseArgs } from 'node:util';
import { dataSourceOptions } from '../database/data-source-options.js';
import { withSecureDelete } from '../database/with-secure-delete.js';
import { openDatabase } from '../database/open-database.js';
import { CONFIG_FOLDER } from '../package.js';
import { loadSettings } from '../settings/load-settings.js';
import type { Settings } from '../settings/settings.js';
import { reencryptWebhooks, type ReencryptionCounts } from '../webhooks/secrets/reencrypt.js';
import { loadSecretsKeys } from '../webhooks/secrets/secrets-keys.js';
import { webhookEntities } from '../webhooks/entities.js';
import { type Command, CommandError } from './command.js';

const USAGE = `Usage: posthorn reseal

Encrypts every secret again under the newest key of SECRETS_KEY, so that the older keys can be removed from the list.
Servers may run meanwhile if they have the newest key too. It exits with 1 if no key decrypts some value.`;

/** `posthorn reseal` (`npm run reseal`): encrypts all secrets again under the newest key. */
export const resealCommand: Command = {
  name: 'reseal',
  summary: 'Encrypts every secret again under the newest key of SECRETS_KEY.',
  usage: USAGE,
  run: async (args, { print }) => {
    refuseOptions(args);
    const { text, isComplete } = describeReseal(await reseal(loadSettings(process.env, CONFIG_FOLDER)));
    if (!isComplete) throw new CommandError(text);
    print(text);
  },
};

function refuseOptions(args: string[]): void {
  try {
    parseArgs({ args, options: {} });
  } catch (error) {
    const [sentence] = (error as Error).message.split('\n');
    throw new CommandError(`${sentence} posthorn reseal takes no options.`);
  }
}

/** Encrypts every secret again under the newest key of SECRETS_KEY, in the database of the settings. */
export async function reseal(settings: Settings): Promise<ReencryptionCounts> {
  const keys = loadSecretsKeys(settings);
  const { databaseUrl: url, dataDir, databasePoolSize: poolSize, databaseSsl: ssl } = settings;
  const dataSource = await openDatabase(
    dataSourceOptions({ url, dataDir, poolSize, ssl }, webhookEntities()),
    [],
  );
  try {
    return await withSecureDelete(dataSource, () => reencryptWebhooks(dataSource, keys));
  } finally {
    await dataSource.destroy();
  }
}

/** Describes the result in sentences; `isComplete` is false if some value could not be decrypted. */
function describeReseal({ webhooks, sealed, upToDate, unopened }: ReencryptionCounts): {
  text: string;
  isComplete: boolean;
} {
  const done = `Encrypted ${sealed} values of ${webhooks} webhooks under the newest key; ${upToDate} had it already.`;
  if (unopened.length === 0) return { text: done, isComplete: true };
  const lost = unopened.map((place) => `  ${place}`).join('\n');
  return {
    text: `${done}\nNo key of SECRETS_KEY decrypts ${unopened.length}:\n${lost}\nAdd the key that encrypted them to the list and run this again, or replace the values.`,
    isComplete: false,
  };
}
