import type { EntityManager } from 'typeorm';
import { placeholders, tableOf } from '../../database/dialect.js';
import { findDueWebhooks } from '../model/due-deliveries.js';
import { DeliveryEntity, WebhookEventEntity } from '../model/delivery-entities.js';

/** Nobody needs to know more exactly how much is waiting: counting more would cost more the more there is. */
export const MOST_COUNTED = 10_000;

const IDS_PER_STATEMENT = 500;

/** What waits to be sent. */
export interface Backlog {
  /** Deliveries that have not ended, at most {@link MOST_COUNTED}. */
  pending: number;
  /** Whether there are more than that. */
  capped: boolean;
  /** Recorded events that wait for their fan-out, at most {@link MOST_COUNTED}. */
  eventsToFanOut: number;
  /** When the first of the deliveries is or was due, epoch milliseconds; null: none is pending. */
  oldestDueAt: number | null;
}

/**
 * What waits to be sent, by the indices of due work alone: it costs the same whatever the history and the backlog.
 *
 * @param webhookIds whose: those that a viewer sees
 * @param tenant of the viewer; null: one who sees everyone's
 */
export async function readBacklog(
  manager: EntityManager,
  webhookIds: readonly string[],
  tenant: string | null,
): Promise<Backlog> {
  const counted = tenant === null ? await countAll(manager) : await countOf(manager, webhookIds);
  const lanes = counted === 0 ? [] : await findDueWebhooks(manager, webhookIds);
  return {
    pending: Math.min(counted, MOST_COUNTED),
    capped: counted > MOST_COUNTED,
    eventsToFanOut: await countEvents(manager, tenant),
    oldestDueAt: lanes.length === 0 ? null : Math.min(...lanes.map(({ dueAt }) => dueAt)),
  };
}

async function countAll(manager: EntityManager): Promise<number> {
  return countRows(manager, `SELECT lane FROM ${tableOf(manager, DeliveryEntity)} WHERE lane > ''`, []);
}

async function countOf(manager: EntityManager, webhookIds: readonly string[]): Promise<number> {
  let count = 0;
  for (let start = 0; start < webhookIds.length && count <= MOST_COUNTED; start += IDS_PER_STATEMENT) {
    const some = webhookIds.slice(start, start + IDS_PER_STATEMENT);
    const lanes = `SELECT lane FROM ${tableOf(manager, DeliveryEntity)} WHERE lane IN (${placeholders(some.length)})`;
    count += await countRows(manager, lanes, some);
  }
  return count;
}

/** Of those that have waited longest, where a viewer sees one tenant's alone: what others have waiting is not walked. */
async function countEvents(manager: EntityManager, tenant: string | null): Promise<number> {
  const waiting = `SELECT tenant FROM ${tableOf(manager, WebhookEventEntity)} WHERE fan_out_due_at > 0`;
  const [row] = await manager.query<{ count: string | number }[]>(
    `SELECT COUNT(*) AS count FROM (${waiting} ORDER BY fan_out_due_at LIMIT ${MOST_COUNTED}) AS some
     ${tenant === null ? '' : 'WHERE tenant = ?'}`,
    tenant === null ? [] : [tenant],
  );
  return Number(row?.count ?? 0);
}

async function countRows(
  manager: EntityManager,
  select: string,
  parameters: readonly string[],
): Promise<number> {
  const [row] = await manager.query<{ count: string | number }[]>(
    `SELECT COUNT(*) AS count FROM (${select} LIMIT ${MOST_COUNTED + 1}) AS some`,
    [...parameters],
  );
  return Number(row?.count ?? 0);
}
