import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { DeliveryEntity } from '../model/delivery-entities.js';
import {
  all,
  type Condition,
  type DeliverySelection,
  matchOf,
  scanCondition,
} from '../model/delivery-selection.js';

/** The most rows that one statement looks at. */
const ROWS_PER_SLICE = 20_000;

/** The most slices that one batch looks at. */
const SLICES_PER_BATCH = 6;

/** A delivery that is meant. */
export interface Match {
  id: string;
  eventId: string;
  webhookId: string;
}

/** Some of what is meant, and how far one has come by it. */
export interface Matches {
  found: Match[];
  /** Everything up to this id was looked at; null: everything was. */
  cursor: string | null;
}

/**
 * The last id of the next so many rows of a table, in the order of ids; null where fewer are left. It bounds what one
 * statement looks at, however few rows match and however long the history is.
 *
 * @param table quoted
 */
export async function sliceEnd(
  manager: EntityManager,
  table: string,
  way: Condition,
  rows: number,
): Promise<string | null> {
  const [last] = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${table} WHERE ${way.sql} ORDER BY id LIMIT 1 OFFSET ${rows - 1}`,
    way.values,
  );
  return last?.id ?? null;
}

/**
 * The next deliveries of a selection, oldest first. Where nothing matches it goes on in longer and longer slices.
 *
 * @param most how many at the most; there may be none though more follow
 */
export async function nextMatches(
  manager: EntityManager,
  selection: DeliverySelection,
  after: string,
  most: number,
): Promise<Matches> {
  const table = tableOf(manager, DeliveryEntity);
  let cursor = after;
  let rows = most;
  for (let slice = 0; slice < SLICES_PER_BATCH; slice += 1) {
    const end = await sliceEnd(manager, table, scanCondition(selection, cursor, null), rows);
    const found = await matchesIn(manager, selection, cursor, end);
    if (found.length > most) return { found: found.slice(0, most), cursor: found[most - 1]?.id ?? end };
    if (found.length > 0 || end === null) return { found, cursor: end };
    cursor = end;
    rows = Math.min(rows * 4, ROWS_PER_SLICE);
  }
  return { found: [], cursor };
}

/**
 * All that match between two ids. Sorted here: asked for the first few in the order of ids, MySQL may walk the whole
 * table by its primary key rather than the few rows of one webhook.
 */
async function matchesIn(
  manager: EntityManager,
  selection: DeliverySelection,
  after: string,
  upTo: string | null,
): Promise<Match[]> {
  const where = all([scanCondition(selection, after, upTo), matchOf(selection)]);
  const rows = await manager.query<{ id: string; event_id: string; webhook_id: string }[]>(
    `SELECT id, event_id, webhook_id FROM ${tableOf(manager, DeliveryEntity)} WHERE ${where.sql}`,
    where.values,
  );
  return rows
    .map(({ id, event_id, webhook_id }) => ({ id, eventId: event_id, webhookId: webhook_id }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * How many deliveries a selection means now. It reads every delivery on the selection's way once (those of its webhook,
 * of its range of times, or all there are), in statements that are short each: about a second for a million.
 */
export async function countMatches(manager: EntityManager, selection: DeliverySelection): Promise<number> {
  const table = tableOf(manager, DeliveryEntity);
  let count = 0;
  let after: string | null = selection.after;
  while (after !== null) {
    const end: string | null = await sliceEnd(
      manager,
      table,
      scanCondition(selection, after, null),
      ROWS_PER_SLICE,
    );
    const where = all([scanCondition(selection, after, end), matchOf(selection)]);
    const [row] = await manager.query<{ matched: string | number }[]>(
      `SELECT COUNT(*) AS matched FROM ${table} WHERE ${where.sql}`,
      where.values,
    );
    count += Number(row?.matched ?? 0);
    after = end;
  }
  return count;
}
