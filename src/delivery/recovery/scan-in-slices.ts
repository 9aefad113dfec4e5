import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { DeliveryEntity, WebhookEventEntity } from '../model/delivery-entities.js';
import {
  all,
  type Condition,
  type DeliverySelection,
  matchOf,
  scanCondition,
} from '../model/delivery-selection.js';

/** The most rows that one statement scans. All of them may match, and an answer has fewer than 10,000 rows. */
const ROWS_PER_SLICE = 9_000;

/** The most slices that one step scans. */
const SLICES_PER_STEP = 13;

/** A delivery that matches a selection. */
export interface Match {
  id: string;
  eventId: string;
  webhookId: string;
}

/** Some matches of a selection, and the cursor behind them. */
export interface Matches {
  found: Match[];
  /** Every row up to this id was scanned; null: there are no more rows. */
  cursor: string | null;
}

/**
 * Finds the last id of the next `rows` rows of a table, in the order of ids. It bounds what one statement scans,
 * however few rows match and however long the history is.
 *
 * @param table quoted
 * @param scan the condition of the rows that are scanned
 * @returns null when fewer rows are left
 */
export async function findSliceEnd(
  manager: EntityManager,
  table: string,
  scan: Condition,
  rows: number,
): Promise<string | null> {
  const [last] = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${table} WHERE ${scan.sql} ORDER BY id LIMIT 1 OFFSET ${rows - 1}`,
    scan.values,
  );
  return last?.id ?? null;
}

/**
 * Finds the next matches of a selection, oldest first. While nothing matches, each slice is four times as long as the
 * one before.
 *
 * @param after the cursor: ids after this one
 * @param most the most matches; the result may be empty though more follow behind its cursor
 */
export async function findNextMatches(
  manager: EntityManager,
  selection: DeliverySelection,
  after: string,
  most: number,
): Promise<Matches> {
  const table = tableOf(manager, DeliveryEntity);
  let cursor = after;
  let rows = most;
  for (let slice = 0; slice < SLICES_PER_STEP; slice += 1) {
    const end = await findSliceEnd(manager, table, scanCondition(selection, cursor, null), rows);
    const found = await findMatchesBetween(manager, selection, cursor, end);
    if (found.length > most) return { found: found.slice(0, most), cursor: found[most - 1]?.id ?? end };
    if (found.length > 0 || end === null) return { found, cursor: end };
    cursor = end;
    rows = Math.min(rows * 4, ROWS_PER_SLICE);
  }
  return { found: [], cursor };
}

/**
 * Finds all matches between two ids. They are sorted here, because with ORDER BY id and a LIMIT MySQL may walk the
 * whole table by its primary key rather than the few rows of one webhook.
 */
async function findMatchesBetween(
  manager: EntityManager,
  selection: DeliverySelection,
  after: string,
  upTo: string | null,
): Promise<Match[]> {
  const where = all([
    scanCondition(selection, after, upTo),
    matchOf(selection),
    ...eventTimes(manager, selection),
  ]);
  const rows = await manager.query<{ id: string; event_id: string; webhook_id: string }[]>(
    `SELECT id, event_id, webhook_id FROM ${tableOf(manager, DeliveryEntity)} WHERE ${where.sql}`,
    where.values,
  );
  return rows
    .map(({ id, event_id, webhook_id }) => ({ id, eventId: event_id, webhookId: webhook_id }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Counts the deliveries that match a selection now. It scans each row of the selection's range once (of its webhook,
 * its range of times, or the whole history), in short statements: about a second for a million rows.
 */
export async function countMatches(manager: EntityManager, selection: DeliverySelection): Promise<number> {
  const table = tableOf(manager, DeliveryEntity);
  let count = 0;
  let after: string | null = selection.after;
  while (after !== null) {
    const end: string | null = await findSliceEnd(
      manager,
      table,
      scanCondition(selection, after, null),
      ROWS_PER_SLICE,
    );
    const where = all([
      scanCondition(selection, after, end),
      matchOf(selection),
      ...eventTimes(manager, selection),
    ]);
    const [row] = await manager.query<{ matched: string | number }[]>(
      `SELECT COUNT(*) AS matched FROM ${table} WHERE ${where.sql}`,
      where.values,
    );
    count += Number(row?.matched ?? 0);
    after = end;
  }
  return count;
}

/** When the event of a delivery was recorded. Without its event, of which nothing can be sent, the delivery's own time. */
function eventTimes(manager: EntityManager, { eventsSince, eventsUntil }: DeliverySelection): Condition[] {
  const deliveries = tableOf(manager, DeliveryEntity);
  const recorded = `COALESCE((SELECT e.created_at FROM ${tableOf(manager, WebhookEventEntity)} e
    WHERE e.id = ${deliveries}.event_id), ${deliveries}.created_at)`;
  return [
    ...(eventsSince === undefined ? [] : [{ sql: `${recorded} >= ?`, values: [eventsSince] }]),
    ...(eventsUntil === undefined ? [] : [{ sql: `${recorded} < ?`, values: [eventsUntil] }]),
  ];
}
