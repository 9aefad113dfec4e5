import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { byPrimaryKey, dialectOf, placeholders, skipLocked, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { firstIdAt } from '../../host/time-ordered-ids.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import {
  DeliveryEntity,
  RedeliveryEntity,
  WebhookBodyEntity,
  WebhookEventEntity,
} from '../model/delivery-entities.js';
import type { Removal, Removed } from './removal.js';
import { InjectDatabase } from '../../host/tokens.js';

/** How many events one look takes: each may have a body in every format, and a statement removes 500 at the most. */
const EVENTS_PER_LOOK = 100;

/**
 * Removes what happened long ago and what was sent of it: events with their data, and their bodies. What waits for its
 * fan-out stays, and what a pending delivery or a redelivery that is asked for has yet to send.
 */
@Injectable()
export class RemoveEvents implements Removal {
  readonly what = 'events';

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
  ) {}

  get days(): number {
    return this.options.retention.payloadsDays;
  }

  async removeSome(before: number, from: string): Promise<Removed> {
    const rows = await this.dataSource.query<{ id: string; fan_out_due_at: string | number | null }[]>(
      `SELECT id, fan_out_due_at FROM ${tableOf(this.dataSource, WebhookEventEntity)}
       WHERE id > ? AND id < ? ORDER BY id LIMIT ${EVENTS_PER_LOOK}`,
      [from, firstIdAt(before)],
    );
    const ids = rows.flatMap(({ id, fan_out_due_at }) => (fan_out_due_at === null ? [id] : []));
    const count =
      ids.length === 0 ? 0 : await inReadCommitted(this.dataSource, (manager) => removeThese(manager, ids));
    return { count, next: rows.length < EVENTS_PER_LOOK ? null : (rows.at(-1)?.id ?? null) };
  }
}

/** The events are held first: whoever arranges for something to be sent again holds its event too. */
async function removeThese(manager: EntityManager, ids: string[]): Promise<number> {
  const dialect = dialectOf(manager);
  const events = tableOf(manager, WebhookEventEntity);
  const locked = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${events}${byPrimaryKey(dialect)}
     WHERE id IN (${placeholders(ids.length)}) AND fan_out_due_at IS NULL${skipLocked(dialect)}`,
    ids,
  );
  const needed = await stillNeeded(
    manager,
    locked.map(({ id }) => id),
  );
  const gone = locked.flatMap(({ id }) => (needed.has(id) ? [] : [id])).sort();
  if (gone.length === 0) return 0;
  await deleteByKeys(manager, tableOf(manager, WebhookBodyEntity), 'event_id', gone);
  await deleteByKeys(manager, events, 'id', gone);
  return gone.length;
}

async function stillNeeded(manager: EntityManager, ids: string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const deliveries = tableOf(manager, DeliveryEntity);
  const these = placeholders(ids.length);
  const pending = await manager.query<{ event_id: string }[]>(
    `SELECT event_id FROM ${deliveries} WHERE event_id IN (${these}) AND state = 'pending'`,
    ids,
  );
  const askedFor = await manager.query<{ event_id: string }[]>(
    `SELECT d.event_id FROM ${deliveries} d
     JOIN ${tableOf(manager, RedeliveryEntity)} r ON r.delivery_id = d.id
     WHERE d.event_id IN (${these})`,
    ids,
  );
  return new Set([...pending, ...askedFor].map(({ event_id }) => event_id));
}
