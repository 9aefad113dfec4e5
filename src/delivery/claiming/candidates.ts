import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { DeliveryEntity, WebhookEventEntity } from '../storage/delivery-entities.js';
import type { Want } from './claim-due.js';

/** How many keys of an ordered webhook one look goes through. */
const KEYS_PER_LOOK = 500;

/** How many due rows are looked at for those that were made before the webhook wanted order. */
const UNORDERED_LOOK = 1_000;

/** A delivery that might be claimed, read without a lock. */
export interface Candidate {
  id: string;
  webhookId: string;
}

/** What is due of webhooks that want no order, oldest first, through the index of due work. */
export async function dueOf(manager: EntityManager, wants: Want[], now: number): Promise<Candidate[]> {
  if (wants.length === 0) return [];
  const ofLane = `SELECT * FROM (
    SELECT id, lane FROM ${tableOf(manager, DeliveryEntity)} WHERE lane = ? AND due_at <= ? ORDER BY due_at LIMIT ?
  ) AS due`;
  return rowsOf(
    manager,
    wants.map(() => ofLane).join(' UNION ALL '),
    wants.flatMap(({ webhook, count }) => [webhook.id, now, count]),
  );
}

/**
 * What may go next of a webhook that wants order: of each thing the first delivery that has not ended, if it is due and
 * no earlier event of that thing waits for its fan-out. It jumps from key to key through an index of its own, so that a
 * thing with a long line behind a failing delivery costs one step.
 */
export async function dueInOrder(
  manager: EntityManager,
  want: Want,
  now: number,
  after: string,
): Promise<{ candidates: Candidate[]; lastKey: string }> {
  const { webhook, count } = want;
  const deliveries = tableOf(manager, DeliveryEntity);
  const nextKey = (bound: string) =>
    `(SELECT MIN(d.order_key) FROM ${deliveries} d WHERE d.order_lane = ? AND d.order_key > ${bound})`;
  const heads = await manager.query<
    { id: string; order_key: string; due_at: number | string; sequence: number | string }[]
  >(
    `WITH RECURSIVE order_keys (order_key, n) AS (
       SELECT ${nextKey('?')}, 1
       UNION ALL
       SELECT ${nextKey('order_keys.order_key')}, order_keys.n + 1
       FROM order_keys WHERE order_keys.order_key IS NOT NULL AND order_keys.n < ${KEYS_PER_LOOK}
     )
     SELECT h.id, h.order_key, h.due_at, h.sequence
     FROM order_keys
     JOIN ${deliveries} h ON h.order_lane = ? AND h.order_key = order_keys.order_key AND h.sequence = (
       SELECT MIN(f.sequence) FROM ${deliveries} f WHERE f.order_lane = ? AND f.order_key = order_keys.order_key)
     WHERE NOT EXISTS (
       SELECT 1 FROM ${tableOf(manager, WebhookEventEntity)} e
       WHERE e.order_key = h.order_key AND e.sequence < h.sequence AND e.fan_out_due_at IS NOT NULL)
     ORDER BY h.order_key`,
    [webhook.id, after, webhook.id, webhook.id, webhook.id],
  );
  if (heads.length === 0 && after !== '') return dueInOrder(manager, want, now, '');
  const candidates = heads
    .filter(({ due_at }) => Number(due_at) <= now)
    .slice(0, count)
    .map(({ id }) => ({ id, webhookId: webhook.id }));
  const cut = candidates.length === count ? candidates.at(-1)?.id : undefined;
  const lastKey = heads.find(({ id }) => id === cut)?.order_key ?? heads.at(-1)?.order_key ?? '';
  const unordered = await unorderedOf(manager, webhook.id, count - candidates.length, now);
  return { candidates: [...candidates, ...unordered], lastKey };
}

/** What stood before the webhook wanted order is bound by none. */
async function unorderedOf(manager: EntityManager, webhookId: string, count: number, now: number) {
  if (count <= 0) return [];
  return rowsOf(
    manager,
    `SELECT id, lane FROM (
       SELECT id, lane, order_lane FROM ${tableOf(manager, DeliveryEntity)}
       WHERE lane = ? AND due_at <= ? ORDER BY due_at LIMIT ${UNORDERED_LOOK}
     ) AS due WHERE order_lane IS NULL LIMIT ?`,
    [webhookId, now, count],
  );
}

async function rowsOf(manager: EntityManager, sql: string, parameters: unknown[]): Promise<Candidate[]> {
  const rows = await manager.query<{ id: string; lane: string }[]>(sql, parameters);
  return rows.map(({ id, lane }) => ({ id, webhookId: lane }));
}
