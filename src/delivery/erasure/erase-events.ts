import type { EntityManager } from 'typeorm';
import { writeAllWhere, writeWhere } from '../../database/conditional-write.js';
import { LostRaceError } from '../../database/database-errors.js';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { byPrimaryKey, dialectOf, forceIndex, placeholders, tableOf } from '../../database/dialect.js';
import { readByParts, readInPages } from '../../database/read-in-pages.js';
import {
  AttemptEntity,
  DeliveryEntity,
  type DeliveryState,
  RedeliveryEntity,
  WebhookBodyEntity,
  WebhookEventEntity,
} from '../model/delivery-entities.js';
import type { DeliveryRef } from '../model/delivery-hooks.js';
import type { Condition } from '../model/delivery-selection.js';
import { failWithoutAttempt } from '../model/delivery-transitions.js';
import { ERASED_ERROR } from '../model/erased-events.js';

/** The most rows that one statement writes. */
const ROWS_PER_STATEMENT = 500;

/** What a transaction has erased. */
export interface Erased {
  events: number;
  /** Pending deliveries that it has ended. */
  ended: DeliveryRef[];
  attempts: number;
  /** Whether a worker may hold some of it in memory: under a lease that it had, or as a redelivery. */
  mayBeHeld: boolean;
}

interface DeliveryRow {
  id: string;
  webhook_id: string;
  tenant: string | null;
  state: DeliveryState;
  lease_token: string | null;
}

/**
 * Erases the data of events, in one transaction: the snapshot, what stands beside it, all bodies, and what the attempts
 * kept. Pending deliveries end as `erased`. The rows stay, and say when and by which erasure.
 *
 * Every write asks that the rows are as they were read, and the deliveries are read again at the end: whoever arranges for
 * an event to be sent holds its row by a write, and so either finds the tombstone or is found here.
 *
 * @param eventIds sorted; none of them is erased or held by a process
 * @param now epoch milliseconds
 * @throws {LostRaceError} when an event or a delivery has changed meanwhile
 */
export async function eraseEvents(
  manager: EntityManager,
  erasureId: string,
  eventIds: readonly string[],
  now: number,
): Promise<Erased> {
  if (eventIds.length === 0) return { events: 0, ended: [], attempts: 0, mayBeHeld: false };
  const deliveries = await readDeliveries(manager, eventIds);
  const pending = deliveries.filter(({ state }) => state === 'pending');
  const leased = pending.filter(({ lease_token }) => lease_token !== null);
  const unleased = pending.filter(({ lease_token }) => lease_token === null);
  await endPending(manager, unleased, now, { sql: 'lease_token IS NULL', values: [] });
  await endPending(manager, leased, now, { sql: 'lease_token IS NOT NULL', values: [] });
  await writeTombstones(manager, erasureId, eventIds, now);
  await refuseChanged(manager, eventIds, deliveries);
  const ids = deliveries.map(({ id }) => id).toSorted();
  await forgetOrder(manager, ids);
  const attempts = await redactAttempts(manager, ids);
  const redeliveries = await deleteRedeliveries(manager, ids);
  await deleteByKeys(manager, tableOf(manager, WebhookBodyEntity), 'event_id', eventIds);
  return {
    events: eventIds.length,
    ended: pending.map(({ id, webhook_id, tenant }) => ({ id, webhookId: webhook_id, tenant })),
    attempts,
    mayBeHeld: leased.length > 0 || redeliveries > 0,
  };
}

/**
 * Removes answers, headers and errors from attempts.
 *
 * @param deliveryIds sorted
 * @param which of their attempts; default: all
 * @returns how many
 */
export async function redactAttempts(
  manager: EntityManager,
  deliveryIds: readonly string[],
  which: Condition = { sql: '1 = 1', values: [] },
): Promise<number> {
  const attempts = `${tableOf(manager, AttemptEntity)}${byPrimaryKey(dialectOf(manager))}`;
  let count = 0;
  for (const ids of split(deliveryIds)) {
    count += await writeWhere(
      manager,
      `UPDATE ${attempts}
       SET error = CASE WHEN error IS NULL THEN NULL ELSE ? END, request_headers = '{}', response_headers = NULL,
           response_body = NULL, response_truncated = 0
       WHERE delivery_id IN (${placeholders(ids.length)}) AND ${which.sql}`,
      [ERASED_ERROR, ...ids, ...which.values],
    );
  }
  return count;
}

async function readDeliveries(manager: EntityManager, eventIds: readonly string[]): Promise<DeliveryRow[]> {
  const deliveries = `${tableOf(manager, DeliveryEntity)}${forceIndex(manager, DeliveryEntity, 'once')}`;
  return readInPages(
    ({ id }) => id,
    (after, most) =>
      manager.query<DeliveryRow[]>(
        `SELECT id, webhook_id, tenant, state, lease_token FROM ${deliveries}
         WHERE event_id IN (${placeholders(eventIds.length)}) AND COALESCE(id, '') > ? ORDER BY id LIMIT ${most}`,
        [...eventIds, after ?? ''],
      ),
  );
}

async function endPending(
  manager: EntityManager,
  rows: readonly DeliveryRow[],
  now: number,
  asRead: Condition,
): Promise<void> {
  for (const ids of split(rows.map(({ id }) => id).toSorted())) {
    await failWithoutAttempt(manager, ids, 'erased', now, { while: asRead });
  }
}

/**
 * Leaves the tombstones. An event that waits for its fan-out gets none any more; one whose holder's lease has ended is
 * taken from it, so that the holder writes nothing of it.
 */
async function writeTombstones(
  manager: EntityManager,
  erasureId: string,
  eventIds: readonly string[],
  now: number,
): Promise<void> {
  await writeAllWhere(
    manager,
    `UPDATE ${tableOf(manager, WebhookEventEntity)}${byPrimaryKey(dialectOf(manager))}
     SET snapshot = '{}', context = NULL, bodies = NULL, \`key\` = NULL, order_key = NULL, sequence = NULL,
         fan_out_due_at = NULL, lease_token = NULL, erased_at = ?, erasure_id = ?
     WHERE id IN (${placeholders(eventIds.length)}) AND erased_at IS NULL
       AND (fan_out_due_at IS NULL OR lease_token IS NULL OR fan_out_due_at >= ?)`,
    [now, erasureId, ...eventIds, -now],
    eventIds.length,
    'events',
  );
}

/** @throws {LostRaceError} when a delivery was made or reopened since they were read */
async function refuseChanged(
  manager: EntityManager,
  eventIds: readonly string[],
  known: readonly DeliveryRow[],
): Promise<void> {
  const ids = new Set(known.map(({ id }) => id));
  const rows = await readDeliveries(manager, eventIds);
  if (rows.some(({ id, state }) => state === 'pending' || !ids.has(id)))
    throw new LostRaceError('deliveries');
}

/** The place in a line is kept under a hash of the thing's key. What has ended needs none. */
async function forgetOrder(manager: EntityManager, deliveryIds: readonly string[]): Promise<void> {
  const deliveries = `${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))}`;
  for (const ids of split(deliveryIds)) {
    await manager.query(
      `UPDATE ${deliveries} SET order_key = NULL, sequence = NULL
       WHERE id IN (${placeholders(ids.length)}) AND order_key IS NOT NULL`,
      ids,
    );
  }
}

async function deleteRedeliveries(manager: EntityManager, deliveryIds: readonly string[]): Promise<number> {
  const table = tableOf(manager, RedeliveryEntity);
  const rows = await readByParts(deliveryIds, (some) =>
    manager.query<{ id: string }[]>(
      `SELECT id FROM ${table} WHERE delivery_id IN (${placeholders(some.length)})`,
      some,
    ),
  );
  const ids = rows.map(({ id }) => id).toSorted();
  for (const some of split(ids)) await deleteByKeys(manager, table, 'id', some);
  return ids.length;
}

function split(ids: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let from = 0; from < ids.length; from += ROWS_PER_STATEMENT) {
    parts.push(ids.slice(from, from + ROWS_PER_STATEMENT));
  }
  return parts;
}
