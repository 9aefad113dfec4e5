import type { EntityManager } from 'typeorm';
import { byPrimaryKey, dialectOf, forceIndex, placeholders, tableOf } from '../../database/dialect.js';
import { AttemptEntity, DeliveryEntity, WebhookEventEntity } from '../model/delivery-entities.js';
import { all, type Condition } from '../model/delivery-selection.js';
import type { ErasureCriteria } from '../model/erasure.entity.js';

/** How many events one step scans. */
const EVENTS_PER_STEP = 2_000;

/** The same where their data is searched: up to a megabyte each. */
const SEARCHED_PER_STEP = 100;

/** How many events one step erases at the most. */
const ERASED_PER_STEP = 100;

/** An event that is to be erased. */
export interface FoundEvent {
  id: string;
  /** Whether a process holds it under a lease: it sends it, and writes its deliveries soon. */
  isHeld: boolean;
}

/** What one step has scanned. */
export interface ScannedEvents {
  /** In the order of their ids. */
  found: FoundEvent[];
  /** The last id that was scanned; null: there are no more. */
  end: string | null;
  /** Where text is searched: the scanned events that are not to be erased, of whose attempts some may hold it. */
  others: string[];
}

interface EventRow {
  id: string;
  key: string | null;
  fan_out_due_at: string | number | null;
  lease_token: string | null;
}

/**
 * Finds the next events that an erasure means, oldest first. Without a tenant it walks the whole history by its primary
 * key, a bounded number of rows at a time.
 *
 * @param after ids after this one
 * @param until recorded up to this time, epoch milliseconds
 * @param before ids before this one
 */
export async function findEvents(
  manager: EntityManager,
  criteria: ErasureCriteria,
  range: { after: string; before: string; until: number },
  now: number,
): Promise<ScannedEvents> {
  const isSearched = criteria.contains !== undefined;
  const rows = isSearched ? SEARCHED_PER_STEP : EVENTS_PER_STEP;
  const { from, way } = chooseWay(manager, criteria, range);
  const [last] = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${from} WHERE ${way.sql} ORDER BY id LIMIT 1 OFFSET ${rows - 1}`,
    way.values,
  );
  const scanned = last ? all([way, { sql: 'id <= ?', values: [last.id] }]) : way;
  const where = all([scanned, matchOf(criteria, range.until)]);
  const matches = await manager.query<EventRow[]>(
    `SELECT id, \`key\`, fan_out_due_at, lease_token FROM ${from} WHERE ${where.sql}
     ORDER BY id LIMIT ${ERASED_PER_STEP}`,
    where.values,
  );
  const isCut = matches.length === ERASED_PER_STEP;
  const end = isCut ? (matches.at(-1)?.id ?? null) : (last?.id ?? null);
  const found = matches
    // MySQL ignores blanks at the end when it compares.
    .filter(({ key }) => criteria.key === undefined || key === criteria.key)
    .map((row) => ({ id: row.id, isHeld: isHeld(row, now) }));
  const others = isSearched && !isCut ? await listOthers(manager, from, scanned, criteria, found) : [];
  return { found, end, others };
}

/** A condition on attempts: their answers, headers or errors have the text. */
export function attemptContains(text: string): Condition {
  return containsIn(['response_body', 'response_headers', 'error', 'request_headers'], text);
}

/** Whether some attempts of events have a text that the events have not. */
export async function findDeliveriesContaining(
  manager: EntityManager,
  eventIds: readonly string[],
  text: string,
): Promise<string[]> {
  if (eventIds.length === 0) return [];
  const contains = attemptContains(text);
  const rows = await manager.query<{ id: string }[]>(
    `SELECT DISTINCT d.id FROM ${tableOf(manager, DeliveryEntity)} d
     JOIN ${tableOf(manager, AttemptEntity)} a ON a.delivery_id = d.id
     WHERE d.event_id IN (${placeholders(eventIds.length)}) AND ${contains.sql}`,
    [...eventIds, ...contains.values],
  );
  return rows.map(({ id }) => id).toSorted();
}

function chooseWay(
  manager: EntityManager,
  { tenant }: ErasureCriteria,
  { after, before }: { after: string; before: string },
): { from: string; way: Condition } {
  const events = tableOf(manager, WebhookEventEntity);
  const ids: Condition = { sql: 'id > ? AND id < ?', values: [after, before] };
  if (tenant === undefined) return { from: `${events}${byPrimaryKey(dialectOf(manager))}`, way: ids };
  const from = `${events}${forceIndex(manager, WebhookEventEntity, 'by_tenant')}`;
  return { from, way: all([{ sql: 'tenant = ?', values: [tenant] }, ids]) };
}

/** Which of the scanned events are meant, but for what is compared exactly later. */
function matchOf({ key, model, contains }: ErasureCriteria, until: number): Condition {
  return all([
    { sql: 'erased_at IS NULL AND created_at <= ?', values: [until] },
    ...(key === undefined ? [] : [{ sql: '`key` = ?', values: [key] }]),
    ...(model === undefined ? [] : [{ sql: 'model = ?', values: [model] }]),
    ...(contains === undefined ? [] : [containsIn(['snapshot', 'context', '`key`'], contains)]),
  ]);
}

/** Some columns have a text: as it is, or as JSON writes it within quotes. INSTR is exact in both dialects. */
function containsIn(columns: readonly string[], text: string): Condition {
  const forms = [...new Set([text, JSON.stringify(text).slice(1, -1)])];
  const conditions = columns.flatMap((column) => forms.map((form) => [column, form] as const));
  return {
    sql: `(${conditions.map(([column]) => `INSTR(${column}, ?) > 0`).join(' OR ')})`,
    values: conditions.map(([, form]) => form),
  };
}

async function listOthers(
  manager: EntityManager,
  from: string,
  scanned: Condition,
  { model, key }: ErasureCriteria,
  found: readonly FoundEvent[],
): Promise<string[]> {
  const where = all([
    scanned,
    ...(key === undefined ? [] : [{ sql: '`key` = ?', values: [key] }]),
    ...(model === undefined ? [] : [{ sql: 'model = ?', values: [model] }]),
  ]);
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${from} WHERE ${where.sql} ORDER BY id LIMIT ${SEARCHED_PER_STEP}`,
    where.values,
  );
  const isFound = new Set(found.map(({ id }) => id));
  return rows.flatMap(({ id }) => (isFound.has(id) ? [] : [id]));
}

function isHeld({ fan_out_due_at: mark, lease_token: token }: EventRow, now: number): boolean {
  return token !== null && mark !== null && Number(mark) < -now;
}
