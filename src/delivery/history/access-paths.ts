import type { EntityManager } from 'typeorm';
import { byPrimaryKey, dialectOf, forceIndex, tableOf } from '../../database/dialect.js';
import { all, type Condition, type DeliverySelection } from '../model/delivery-selection.js';
import { DeliveryEntity, type FailureReason } from '../model/delivery-entities.js';

const REASONS: readonly FailureReason[] = [
  'exhausted',
  'rejected',
  'webhook-disabled',
  'webhook-deleted',
  'tenant-changed',
  'cancelled',
  'expired',
  'erased',
];

/**
 * Up to this many pending deliveries, all of them are scanned. Above it, the walk through the history finds enough of
 * them in few rows.
 */
const MAX_PENDING_SCANNED = 10_000;

/** The most deliveries of one event that a search by the event's id reads. */
const MAX_DELIVERIES_PER_EVENT = 10_000;

/**
 * A range of deliveries that one index returns in the order of their ids. It holds every match that belongs to it, and
 * rows that do not match.
 */
export interface AccessPath {
  /** The text after FROM. */
  from: string;
  where: Condition;
  /** Whether it has so few rows that one statement may scan all of them. */
  isShort: boolean;
}

/** The condition that is true for every row. */
export const MATCH_ALL: Condition = { sql: '1 = 1', values: [] };

/**
 * Chooses the shortest access paths that together hold every match of a selection. Failed deliveries and the deliveries
 * of a webhook have an index, and pending ones are usually few. Every other selection scans the whole history.
 */
export async function chooseAccessPaths(
  manager: EntityManager,
  selection: DeliverySelection,
): Promise<AccessPath[]> {
  const table = tableOf(manager, DeliveryEntity);
  const { id, webhookId, state } = selection;
  if (id !== undefined) {
    const either = `SELECT * FROM ${table} WHERE id = ? UNION SELECT * FROM ${table} WHERE event_id = ?`;
    const from = `(SELECT * FROM (${either}) AS one LIMIT ${MAX_DELIVERIES_PER_EVENT}) AS asked`;
    return [{ from, where: { sql: '1 = 1', values: [id, id] }, isShort: true }];
  }
  if (state === 'pending') {
    const pending = await findPendingPath(manager, table, webhookId);
    if (pending) return [pending];
  }
  if (webhookId !== undefined) return [buildWebhookPath(manager, webhookId)];
  if (state === 'failed') {
    return REASONS.map((reason) =>
      buildIndexPath(manager, 'by_reason', { sql: 'reason = ?', values: [reason] }),
    );
  }
  return [buildHistoryPath(manager)];
}

/**
 * Every delivery, by the primary key. The index is named because MySQL, asked for ids alone, reads a shorter index from
 * end to end and sorts it.
 */
export function buildHistoryPath(manager: EntityManager): AccessPath {
  const from = `${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))}`;
  return { from, where: MATCH_ALL, isShort: false };
}

/** Every delivery of a webhook, by its index. */
export function buildWebhookPath(manager: EntityManager, webhookId: string): AccessPath {
  return buildIndexPath(manager, 'by_webhook', { sql: 'webhook_id = ?', values: [webhookId] });
}

/** FORCE INDEX, because MySQL may judge a walk through the whole table to be the shorter way to the first rows. */
function buildIndexPath(manager: EntityManager, index: string, where: Condition): AccessPath {
  const from = tableOf(manager, DeliveryEntity) + forceIndex(manager, DeliveryEntity, index);
  return { from, where, isShort: false };
}

/** The rows of an access path between two ids, both exclusive. The values for `from` come first. */
export function buildRangeCondition(path: AccessPath, after: string, before: string): Condition {
  return all([path.where, { sql: 'id > ?', values: [after] }, { sql: 'id < ?', values: [before] }]);
}

/** @returns null above {@link MAX_PENDING_SCANNED} */
async function findPendingPath(
  manager: EntityManager,
  table: string,
  webhookId: string | undefined,
): Promise<AccessPath | null> {
  const [where, values] = webhookId === undefined ? ["lane > ''", []] : ['lane = ?', [webhookId]];
  const [row] = await manager.query<{ count: string | number }[]>(
    `SELECT COUNT(*) AS count FROM (SELECT lane FROM ${table} WHERE ${where} LIMIT ${MAX_PENDING_SCANNED + 1}) AS some`,
    values,
  );
  if (Number(row?.count ?? 0) > MAX_PENDING_SCANNED) return null;
  const from = `(SELECT * FROM ${table} WHERE ${where} LIMIT ${MAX_PENDING_SCANNED + 1}) AS waiting`;
  return { from, where: { sql: '1 = 1', values }, isShort: true };
}
