import { dataSourceOptions } from '../database/data-source-options.js';
import { overwritten } from '../database/with-secure-delete.js';
import { openDatabase } from '../database/open-database.js';
import type { Settings } from '../settings/settings.js';
import { resealWebhooks, type SealCounts } from '../webhooks/secrets/reencrypt.js';
import { secretsKeys } from '../webhooks/secrets/secrets-keys.js';
import { webhookEntities } from '../webhooks/webhook.entity.js';

/** Seals everything anew under the newest key of SECRETS_KEY, in the database that the settings name. */
export async function reseal(settings: Settings): Promise<SealCounts> {
  const keys = secretsKeys(settings);
  const { databaseUrl: url, dataDir, databasePoolSize: poolSize } = settings;
  const dataSource = await openDatabase(dataSourceOptions({ url, dataDir, poolSize }, webhookEntities()), []);
  try {
    return await overwritten(dataSource, () => resealWebhooks(dataSource, keys));
  } finally {
    await dataSource.destroy();
  }
}

/** What came of it, in sentences, and whether it is what was wanted. */
export function resealReport({ webhooks, sealed, upToDate, unopened }: SealCounts): {
  text: string;
  isComplete: boolean;
} {
  const done = `Sealed ${sealed} values of ${webhooks} webhooks anew; ${upToDate} had the newest key already.`;
  if (unopened.length === 0) return { text: done, isComplete: true };
  const lost = unopened.map((place) => `  ${place}`).join('\n');
  return {
    text: `${done}\nNo key of SECRETS_KEY opens ${unopened.length}:\n${lost}\nPut the key that sealed them back into the list and run this again, or replace the values.`,
    isComplete: false,
  };
}
