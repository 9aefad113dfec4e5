import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { DeliveryEntity } from './delivery-entities.js';

/** A webhook that has pending deliveries. */
export interface Lane {
  webhookId: string;
  /** When the first of them is due, epoch milliseconds; a lease that is held counts as due when it runs out. */
  dueAt: number;
}

/** How many webhooks one statement asks for. */
const PER_STATEMENT = 100;

/**
 * What some webhooks have pending, and when the first of it is due. One step into the index of due work for each, so
 * that it costs the same whatever the backlog of each and however long the history.
 */
export async function lanesOf(manager: EntityManager, webhookIds: readonly string[]): Promise<Lane[]> {
  const deliveries = tableOf(manager, DeliveryEntity);
  const first = `SELECT * FROM (SELECT lane, due_at FROM ${deliveries} WHERE lane = ? ORDER BY due_at LIMIT 1) AS lane`;
  const lanes: Lane[] = [];
  for (let start = 0; start < webhookIds.length; start += PER_STATEMENT) {
    const some = webhookIds.slice(start, start + PER_STATEMENT);
    const rows = await manager.query<{ lane: string; due_at: string | number }[]>(
      some.map(() => first).join(' UNION ALL '),
      some,
    );
    for (const { lane, due_at } of rows) lanes.push({ webhookId: lane, dueAt: Number(due_at) });
  }
  return lanes;
}

/** The first webhook after another, in the order of ids, that has anything pending, known or not; null: there is none. */
export async function laneAfter(manager: EntityManager, after: string): Promise<string | null> {
  const [row] = await manager.query<{ lane: string }[]>(
    `SELECT lane FROM ${tableOf(manager, DeliveryEntity)} WHERE lane > ? ORDER BY lane LIMIT 1`,
    [after],
  );
  return row?.lane ?? null;
}
