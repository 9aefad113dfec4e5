import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { DeliveryEntity } from '../storage/delivery-entities.js';

/** A webhook that has pending deliveries. */
export interface Lane {
  webhookId: string;
  /** When the first of them is due, epoch milliseconds; a lease that is held counts as due when it runs out. */
  dueAt: number;
}

/** How many lanes one look finds. */
export const LANES_PER_LOOK = 500;

/**
 * The webhooks that have anything pending, in the order of their ids after a given one. It jumps from lane to lane
 * through the index of due work, so that it costs the same whatever the backlog of each and however long the history.
 */
export async function lanesAfter(manager: EntityManager, after: string): Promise<Lane[]> {
  const deliveries = tableOf(manager, DeliveryEntity);
  const rows = await manager.query<{ lane: string; due_at: string | number }[]>(
    `WITH RECURSIVE lanes (lane, n) AS (
       SELECT MIN(d.lane), 1 FROM ${deliveries} d WHERE d.lane > ?
       UNION ALL
       SELECT (SELECT MIN(d.lane) FROM ${deliveries} d WHERE d.lane > lanes.lane), lanes.n + 1
       FROM lanes WHERE lanes.lane IS NOT NULL AND lanes.n < ${LANES_PER_LOOK}
     )
     SELECT lanes.lane AS lane, (SELECT MIN(d.due_at) FROM ${deliveries} d WHERE d.lane = lanes.lane) AS due_at
     FROM lanes WHERE lanes.lane IS NOT NULL`,
    [after],
  );
  return rows.map(({ lane, due_at }) => ({ webhookId: lane, dueAt: Number(due_at) }));
}
