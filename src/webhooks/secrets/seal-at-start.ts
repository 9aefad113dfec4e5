import { Logger } from '@nestjs/common';
import { type DataSource, LessThan } from 'typeorm';
import type { DataStep } from '../../database/migrate.js';
import { overwritten } from '../../database/overwritten.js';
import { inReadCommitted } from '../../database/read-committed.js';
import { bumpRegistry } from '../webhook-registry.js';
import { SEAL_VERSION, WebhookEntity } from '../webhook.entity.js';
import { addCounts, NOTHING_SEALED, ROWS_AT_A_TIME, type SealCounts, sealRows } from './seal-rows.js';

/**
 * Seals what an earlier version stored otherwise: headers stood in the clear, and secrets were bound to their row
 * alone. A few webhooks a transaction, each marked in it, so that a start which is killed leaves none half done and the
 * next goes on; a start that finds none marked as old costs one look into an index.
 */
export function sealAtStart(keys: readonly Buffer[]): DataStep {
  const logger = new Logger('Secrets');
  return async (dataSource) => {
    // Nearly every start ends here.
    if ((await oldest(dataSource.manager, 1)).length === 0) return;
    const counts = await overwritten(dataSource, () => sealAll(dataSource, keys));
    logger.log(
      `Sealed ${counts.sealed} values of ${counts.webhooks} webhooks that an earlier version had stored.`,
    );
    if (counts.unopened.length > 0) logger.warn(lost(counts.unopened));
  };
}

async function sealAll(dataSource: DataSource, keys: readonly Buffer[]): Promise<SealCounts> {
  let counts: SealCounts = NOTHING_SEALED;
  for (;;) {
    const some = await inReadCommitted(dataSource, async (manager) => {
      // Holds back changes by other instances, and tells them to read anew.
      await bumpRegistry(manager);
      return sealRows(manager, await oldest(manager, ROWS_AT_A_TIME), keys);
    });
    if (some.webhooks === 0) return counts;
    counts = addCounts(counts, some);
  }
}

function lost(places: readonly string[]): string {
  const named = places.slice(0, 5).join(', ');
  return (
    `No key of SECRETS_KEY opens ${places.length} of them (${named}${places.length > 5 ? ', …' : ''}). ` +
    'Those webhooks send nothing until the key is back, or the values are replaced.'
  );
}

async function oldest(manager: DataSource['manager'], take: number): Promise<WebhookEntity[]> {
  return manager.find(WebhookEntity, {
    where: { sealVersion: LessThan(SEAL_VERSION) },
    order: { sealVersion: 'ASC', id: 'ASC' },
    take,
  });
}
