import type { EntityManager } from 'typeorm';
import { placeholders, tableOf } from '../../database/dialect.js';
import { findDueWebhooks } from '../model/due-deliveries.js';
import { DeliveryEntity, WebhookEventEntity } from '../model/delivery-entities.js';

/** The limit of each count, so that the cost does not grow with the backlog. */
export const MAX_COUNTED = 10_000;

const IDS_PER_STATEMENT = 500;

/** The work that is not done yet. */
export interface Backlog {
  /** Pending deliveries, at most {@link MAX_COUNTED}. */
  pending: number;
  /** Whether more deliveries are pending than `pending` says. */
  capped: boolean;
  /** Recorded events that wait for their fan-out, at most {@link MAX_COUNTED}. */
  eventsToFanOut: number;
  /** The earliest due time of the pending deliveries, epoch milliseconds; null: none is pending. */
  oldestDueAt: number | null;
}

/**
 * Reads the backlog from the indexes of due work, at a cost that neither the history nor the backlog changes.
 *
 * @param webhookIds the webhooks that the viewer may see
 * @param tenant the viewer's tenant; null: the viewer sees every tenant
 */
export async function readBacklog(
  manager: EntityManager,
  webhookIds: readonly string[],
  tenant: string | null,
): Promise<Backlog> {
  const { count, oldest } = tenant === null ? await countAll(manager) : await countLanes(manager, webhookIds);
  return {
    pending: Math.min(count, MAX_COUNTED),
    capped: count > MAX_COUNTED,
    eventsToFanOut: await countEvents(manager, tenant),
    oldestDueAt: count > MAX_COUNTED ? await findOldest(manager, webhookIds) : oldest,
  };
}

/** Pending deliveries, at most one more than {@link MAX_COUNTED}. */
interface Pending {
  count: number;
  /** The earliest due time of those that were counted, epoch milliseconds; null: none was. */
  oldest: number | null;
}

async function countAll(manager: EntityManager): Promise<Pending> {
  return readPending(manager, `SELECT due_at FROM ${tableOf(manager, DeliveryEntity)} WHERE lane > ''`, []);
}

async function countLanes(manager: EntityManager, webhookIds: readonly string[]): Promise<Pending> {
  const sum: Pending = { count: 0, oldest: null };
  for (let start = 0; start < webhookIds.length && sum.count <= MAX_COUNTED; start += IDS_PER_STATEMENT) {
    const some = webhookIds.slice(start, start + IDS_PER_STATEMENT);
    const lanes = `SELECT due_at FROM ${tableOf(manager, DeliveryEntity)} WHERE lane IN (${placeholders(some.length)})`;
    const { count, oldest } = await readPending(manager, lanes, some);
    sum.count += count;
    if (oldest !== null) sum.oldest = Math.min(sum.oldest ?? oldest, oldest);
  }
  return sum;
}

/** Finds the earliest due time where not every delivery was counted: one step into the index for each webhook. */
async function findOldest(manager: EntityManager, webhookIds: readonly string[]): Promise<number | null> {
  const lanes = await findDueWebhooks(manager, webhookIds);
  return lanes.length === 0 ? null : lanes.reduce((least, { dueAt }) => Math.min(least, dueAt), Infinity);
}

/**
 * For a viewer with a tenant it filters the oldest {@link MAX_COUNTED} events alone, so that the scan stays bounded.
 */
async function countEvents(manager: EntityManager, tenant: string | null): Promise<number> {
  const waiting = `SELECT tenant FROM ${tableOf(manager, WebhookEventEntity)} WHERE fan_out_due_at > ${Number.MIN_SAFE_INTEGER}`;
  const [row] = await manager.query<{ count: string | number }[]>(
    `SELECT COUNT(*) AS count FROM (${waiting} ORDER BY fan_out_due_at LIMIT ${MAX_COUNTED}) AS some
     ${tenant === null ? '' : 'WHERE tenant = ?'}`,
    tenant === null ? [] : [tenant],
  );
  return Number(row?.count ?? 0);
}

async function readPending(
  manager: EntityManager,
  select: string,
  parameters: readonly string[],
): Promise<Pending> {
  const [row] = await manager.query<{ count: string | number; oldest: string | number | null }[]>(
    `SELECT COUNT(*) AS count, MIN(due_at) AS oldest FROM (${select} LIMIT ${MAX_COUNTED + 1}) AS some`,
    [...parameters],
  );
  const oldest = row?.oldest ?? null;
  return { count: Number(row?.count ?? 0), oldest: oldest === null ? null : Number(oldest) };
}
