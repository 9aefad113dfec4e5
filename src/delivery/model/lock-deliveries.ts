import type { EntityManager } from 'typeorm';
import { holdRows } from '../../database/conditional-write.js';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import {
  DeliveryEntity,
  type DeliveryState,
  WebhookEventEntity,
  RedeliveryEntity,
} from './delivery-entities.js';

/** A delivery that this transaction holds. */
export interface HeldDelivery {
  id: string;
  eventId: string;
  webhookId: string;
  state: DeliveryState;
  /** Whether what it sent is still there, so that it can be sent again. */
  hasPayload: boolean;
  /** That of its webhook as it was made; null: none. */
  tenant: string | null;
  /** The tenant of its event; null: none, or the event is gone. */
  eventTenant: string | null;
  /** When and by which erasure the data of its event was erased; null: it was not. */
  erased: { at: number; by: string } | null;
}

interface HeldEventRow {
  id: string;
  tenant: string | null;
  erased_at: string | number | null;
  erasure_id: string | null;
}

/**
 * Holds deliveries and what they send until the transaction ends, so that retention removes neither while somebody
 * arranges for them to be sent. In the order of ids, deliveries first: whoever holds both does it in that order. They
 * are held by a write: retention deletes first and then looks at what was arranged meanwhile.
 *
 * @returns those that are still there, in the order of their ids
 */
export async function holdDeliveries(manager: EntityManager, ids: string[]): Promise<HeldDelivery[]> {
  if (ids.length === 0) return [];
  const dialect = dialectOf(manager);
  const sorted = ids.toSorted();
  await holdRows(manager, tableOf(manager, DeliveryEntity), 'reason', sorted);
  const rows = await manager.query<
    { id: string; event_id: string; webhook_id: string; state: DeliveryState; tenant: string | null }[]
  >(
    `SELECT id, event_id, webhook_id, state, tenant FROM ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialect)}
     WHERE id IN (${placeholders(ids.length)}) ORDER BY id`,
    sorted,
  );
  if (rows.length === 0) return [];
  const eventIds = [...new Set(rows.map(({ event_id }) => event_id))].sort();
  await holdRows(manager, tableOf(manager, WebhookEventEntity), 'tenant', eventIds);
  // Bodies go with their event, in one transaction that holds the event.
  const events = await manager.query<HeldEventRow[]>(
    `SELECT id, tenant, erased_at, erasure_id FROM ${tableOf(manager, WebhookEventEntity)}${byPrimaryKey(dialect)}
     WHERE id IN (${placeholders(eventIds.length)}) ORDER BY id`,
    eventIds,
  );
  const byId = new Map(events.map((event) => [event.id, event]));
  return rows.map(({ id, event_id, webhook_id, state, tenant }) => {
    const event = byId.get(event_id);
    const erased = event ? readTombstone(event) : null;
    return {
      id,
      eventId: event_id,
      webhookId: webhook_id,
      state,
      tenant,
      hasPayload: event !== undefined && erased === null,
      eventTenant: event?.tenant ?? null,
      erased,
    };
  });
}

function readTombstone({ erased_at, erasure_id }: HeldEventRow): HeldDelivery['erased'] {
  return erased_at === null ? null : { at: Number(erased_at), by: erasure_id ?? '' };
}

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
