import type { EntityManager } from 'typeorm';
import { placeholders, tableOf } from '../../database/dialect.js';
import { RedeliveryEntity } from './delivery-entities.js';

/** Of some deliveries, those that wait for a redelivery by hand, or are having it. */
export async function waitingFor(manager: EntityManager, deliveryIds: string[]): Promise<Set<string>> {
  if (deliveryIds.length === 0) return new Set();
  const rows = await manager.query<{ delivery_id: string }[]>(
    `SELECT delivery_id FROM ${tableOf(manager, RedeliveryEntity)}
     WHERE delivery_id IN (${placeholders(deliveryIds.length)})`,
    deliveryIds,
  );
  return new Set(rows.map(({ delivery_id }) => delivery_id));
}
