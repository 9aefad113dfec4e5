import { type DataSource, MoreThan } from 'typeorm';
import { inReadCommitted } from '../../database/read-committed.js';
import { bumpRegistry } from '../webhook-registry.js';
import { WebhookEntity } from '../webhook.entity.js';
import { addCounts, NOTHING_SEALED, ROWS_AT_A_TIME, type SealCounts, sealRows } from './seal-rows.js';

/**
 * Seals everything that is secret of every webhook with the newest key, so that the older ones can be taken out of
 * SECRETS_KEY. Some webhooks a transaction: it can be cut off and run again, and does nothing twice. Instances that run
 * meanwhile go on, as long as they have the newest key in their list.
 *
 * @param keys 32 bytes each, newest first
 */
export async function resealWebhooks(dataSource: DataSource, keys: readonly Buffer[]): Promise<SealCounts> {
  let counts: SealCounts = NOTHING_SEALED;
  for (let last: string | null = ''; last !== null;) {
    const after: string = last;
    const some = await inReadCommitted(dataSource, async (manager) => {
      // Holds back changes by other instances while these rows are read and written.
      await bumpRegistry(manager);
      const rows = await manager.find(WebhookEntity, {
        where: { id: MoreThan(after) },
        order: { id: 'ASC' },
        take: ROWS_AT_A_TIME,
      });
      return { counts: await sealRows(manager, rows, keys), last: rows.at(-1)?.id ?? null };
    });
    counts = addCounts(counts, some.counts);
    last = some.last;
  }
  return counts;
}
