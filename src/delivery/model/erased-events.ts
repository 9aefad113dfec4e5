import type { EntityManager } from 'typeorm';
import { holdRows } from '../../database/conditional-write.js';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import { WebhookEventEntity } from './delivery-entities.js';

/** Stands for the hash of a request in the row of its idempotency key once its event was erased. */
export const ERASED_REQUEST = 'erased';

/** Stands for the error of an attempt whose event was erased. */
export const ERASED_ERROR = 'What this attempt failed of was erased with the data of its event.';

/**
 * Finds those of some events whose data was erased. They are held by a write until the transaction ends: an erasure
 * writes them too, so that it either comes before and is found here, or finds what this transaction writes.
 */
export async function findErased(
  manager: EntityManager,
  eventIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (eventIds.length === 0) return new Set();
  const ids = [...new Set(eventIds)].toSorted();
  const events = tableOf(manager, WebhookEventEntity);
  await holdRows(manager, events, 'tenant', ids);
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${events}${byPrimaryKey(dialectOf(manager))}
     WHERE id IN (${placeholders(ids.length)}) AND erased_at IS NOT NULL`,
    ids,
  );
  return new Set(rows.map(({ id }) => id));
}
