import type { DeliveryState } from '../storage/delivery-entities.js';

/** Which deliveries are meant. What is given must all hold. Kept as JSON with a recovery. */
export interface DeliverySelection {
  /** Ids after this one, up to and without {@link before}. Ids begin with the time at which they were made. */
  after: string;
  before: string;
  webhookId?: string;
  state?: DeliveryState;
  /** The event type. */
  event?: string;
  /** Of the last attempt. */
  statusCode?: number;
  tenant?: string;
  /** The tenant of the one who asks; left out for one who sees everyone's. */
  viewer?: string;
  /** Of events with these ids: at or after, and before. */
  eventsFrom?: string;
  eventsBefore?: string;
  /** Leaves out what a person sent as a test. */
  exceptTests?: boolean;
}

/** A condition of a WHERE with the values of its placeholders. */
export interface Condition {
  sql: string;
  values: unknown[];
}

/** Conditions that must all hold. */
export function all(conditions: Condition[]): Condition {
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    values: conditions.flatMap(({ values }) => values),
  };
}

/**
 * The way that a selection is walked: in the order of ids, through the index of its webhook or the primary key. It
 * holds for more rows than are meant; how many lie between two ids is bounded by walking in slices.
 *
 * @param after ids after this one
 * @param upTo and up to this one; null: to the selection's end
 */
export function wayOf(selection: DeliverySelection, after: string, upTo: string | null): Condition {
  const { webhookId, before } = selection;
  return all([
    ...(webhookId === undefined ? [] : [{ sql: 'webhook_id = ?', values: [webhookId] }]),
    { sql: 'id > ?', values: [after] },
    upTo === null ? { sql: 'id < ?', values: [before] } : { sql: 'id <= ?', values: [upTo] },
  ]);
}

/** What of the rows on its way a selection means. */
export function matchOf(selection: DeliverySelection): Condition {
  const { state, event, statusCode, tenant, viewer, eventsFrom, eventsBefore, exceptTests } = selection;
  const conditions: [string, unknown][] = [
    ['state = ?', state],
    ['event = ?', event],
    ['last_status_code = ?', statusCode],
    ['tenant = ?', tenant],
    ['tenant = ?', viewer],
    // Hidden from the planner: the index of event ids leads through all of them in every slice.
    ["COALESCE(event_id, '') >= ?", eventsFrom],
    ["COALESCE(event_id, '') < ?", eventsBefore],
    ['next_trigger <> ?', exceptTests === true ? 'test' : undefined],
  ];
  const given = conditions.filter(([, value]) => value !== undefined);
  if (given.length === 0) return { sql: '1 = 1', values: [] };
  return all(given.map(([sql, value]) => ({ sql, values: [value] })));
}
