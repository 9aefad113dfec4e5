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
  const counted = tenant === null ? await countAll(manager) : await countForWebhooks(manager, webhookIds);
  const lanes = counted === 0 ? [] : await findDueWebhooks(manager, webhookIds);
  return {
    pending: Math.min(counted, MAX_COUNTED),
    capped: counted > MAX_COUNTED,
    eventsToFanOut: await countEvents(manager, tenant),
    oldestDueAt: lanes.length === 0 ? null : Math.min(...lanes.map(({ dueAt }) => dueAt)),
  };
}

async function countAll(manager: EntityManager): Promise<number> {
  return countRows(manager, `SELECT lane FROM ${tableOf(manager, DeliveryEntity)} WHERE lane > ''`, []);
}

async function countForWebhooks(manager: EntityManager, webhookIds: readonly string[]): Promise<number> {
  let count = 0;
  for (let start = 0; start < webhookIds.length && count <= MAX_COUNTED; start += IDS_PER_STATEMENT) {
    const some = webhookIds.slice(start, start + IDS_PER_STATEMENT);
    const lanes = `SELECT lane FROM ${tableOf(manager, DeliveryEntity)} WHERE lane IN (${placeholders(some.length)})`;
    count += await countRows(manager, lanes, some);
  }
  return count;
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

async function countRows(
  manager: EntityManager,
  select: string,
  parameters: readonly string[],
): Promise<number> {
  const [row] = await manager.query<{ count: string | number }[]>(
    `SELECT COUNT(*) AS count FROM (${select} LIMIT ${MAX_COUNTED + 1}) AS some`,
    [...parameters],
  );
  return Number(row?.count ?? 0);
}
