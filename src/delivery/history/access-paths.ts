import type { EntityManager } from 'typeorm';
import { byPrimaryKey, dialectOf, forceIndex, tableOf } from '../../database/dialect.js';
import { all, type Condition, type DeliverySelection } from '../model/delivery-selection.js';
import { DeliveryEntity, type FailureReason } from '../model/delivery-entities.js';

const REASONS: readonly FailureReason[] = [
  'exhausted',
  'rejected',
  'webhook-disabled',
  'webhook-deleted',
  'cancelled',
  'expired',
];

/** So many pending deliveries are looked through whole; where there are more, they are not far apart. */
const FEW_PENDING = 10_000;

/** An event is delivered to no more webhooks than this, as far as lists by an event's id go. */
const MOST_OF_ONE_EVENT = 10_000;

/** Deliveries in the order of their ids, through one index: more than are meant, but all of those. */
export interface AccessPath {
  /** What stands after FROM. */
  from: string;
  where: Condition;
  /** Whether there are so few that they need not be walked step by step. */
  isShort: boolean;
}

/** Holds for everything. */
export const ANYTHING: Condition = { sql: '1 = 1', values: [] };

/**
 * The shortest ways on which everything lies that a selection means. Failed deliveries and those of a webhook have an
 * index, pending ones are few; for everything else the way is the whole history.
 */
export async function accessPathsFor(
  manager: EntityManager,
  selection: DeliverySelection,
): Promise<AccessPath[]> {
  const table = tableOf(manager, DeliveryEntity);
  const { id, webhookId, state } = selection;
  if (id !== undefined) {
    const either = `SELECT * FROM ${table} WHERE id = ? UNION SELECT * FROM ${table} WHERE event_id = ?`;
    const from = `(SELECT * FROM (${either}) AS one LIMIT ${MOST_OF_ONE_EVENT}) AS asked`;
    return [{ from, where: { sql: '1 = 1', values: [id, id] }, isShort: true }];
  }
  if (state === 'pending') {
    const waiting = await fewPending(manager, table, webhookId);
    if (waiting) return [waiting];
  }
  if (webhookId !== undefined) return [ofWebhook(manager, webhookId)];
  if (state === 'failed') {
    return REASONS.map((reason) => through(manager, 'by_reason', { sql: 'reason = ?', values: [reason] }));
  }
  return [wholeHistory(manager)];
}

/**
 * All there is, by the primary key. Of ids alone MySQL would rather read some shorter index from its beginning to its
 * end, and sort it.
 */
export function wholeHistory(manager: EntityManager): AccessPath {
  const from = `${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))}`;
  return { from, where: ANYTHING, isShort: false };
}

/** All of a webhook, by its index. */
export function ofWebhook(manager: EntityManager, webhookId: string): AccessPath {
  return through(manager, 'by_webhook', { sql: 'webhook_id = ?', values: [webhookId] });
}

/** Named, because MySQL may take a walk through the whole table for the shorter way to the first few. */
function through(manager: EntityManager, index: string, where: Condition): AccessPath {
  const from = tableOf(manager, DeliveryEntity) + forceIndex(manager, DeliveryEntity, index);
  return { from, where, isShort: false };
}

/** What lies on a way between two ids. The values of what stands in `from` come first. */
export function between(way: AccessPath, after: string, before: string): Condition {
  return all([way.where, { sql: 'id > ?', values: [after] }, { sql: 'id < ?', values: [before] }]);
}

/** Null where there are too many. */
async function fewPending(
  manager: EntityManager,
  table: string,
  webhookId: string | undefined,
): Promise<AccessPath | null> {
  const [where, values] = webhookId === undefined ? ["lane > ''", []] : ['lane = ?', [webhookId]];
  const [row] = await manager.query<{ count: string | number }[]>(
    `SELECT COUNT(*) AS count FROM (SELECT lane FROM ${table} WHERE ${where} LIMIT ${FEW_PENDING + 1}) AS some`,
    values,
  );
  if (Number(row?.count ?? 0) > FEW_PENDING) return null;
  const from = `(SELECT * FROM ${table} WHERE ${where} LIMIT ${FEW_PENDING + 1}) AS waiting`;
  return { from, where: { sql: '1 = 1', values }, isShort: true };
}
