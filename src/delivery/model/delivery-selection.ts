import type { DeliveryState } from './delivery-entities.js';

/** `2xx` … `5xx` by the first digit; `none`: no attempt was made, or no answer came. */
export const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx', 'none'] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];

/** Which deliveries are meant. What is given must all hold. Kept as JSON with a recovery. */
export interface DeliverySelection {
  /** Ids after this one, up to and without {@link before}. They bound what is read. */
  after: string;
  before: string;
  /** Recorded at or after this time, and before that one; epoch milliseconds. */
  createdFrom?: number;
  createdBefore?: number;
  webhookId?: string;
  state?: DeliveryState;
  /** The event type. */
  event?: string;
  /** Of the last attempt. */
  statusCode?: number;
  /** Of the last attempt's status. */
  statusClass?: StatusClass;
  /** A delivery's id, or an event's. */
  id?: string;
  tenant?: string;
  /** The tenant of the one who asks; left out for one who sees everyone's. */
  viewer?: string;
  /**
   * The tenant of the webhook that is to receive them, null where it has none: leaves out those of other tenants. One of
   * no tenant stays in; its event is asked when it is locked.
   */
  forTenant?: string | null;
  /** Of events with these ids: at or after, and before. They bound what is read. */
  eventsFrom?: string;
  eventsBefore?: string;
  /** Of events that were recorded at or after this time, and before that one; epoch milliseconds. */
  eventsSince?: number;
  eventsUntil?: number;
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
export function scanCondition(selection: DeliverySelection, after: string, upTo: string | null): Condition {
  const { id, webhookId, before } = selection;
  return all([
    ...(webhookId === undefined ? [] : [{ sql: 'webhook_id = ?', values: [webhookId] }]),
    ...ofId(id),
    { sql: 'id > ?', values: [after] },
    upTo === null ? { sql: 'id < ?', values: [before] } : { sql: 'id <= ?', values: [upTo] },
  ]);
}

/** What of the rows on its way a selection means. */
export function matchOf(selection: DeliverySelection): Condition {
  const { id, state, event, statusCode, tenant, viewer, eventsFrom, eventsBefore } = selection;
  const { exceptTests, forTenant, createdFrom, createdBefore } = selection;
  const conditions: [string, unknown][] = [
    ['created_at >= ?', createdFrom],
    ['created_at < ?', createdBefore],
    ['state = ?', state],
    ['event = ?', event],
    ['last_status_code = ?', statusCode],
    ['tenant = ?', tenant],
    ['tenant = ?', viewer],
    ['(tenant = ? OR tenant IS NULL)', forTenant ?? undefined],
    // Hidden from the planner: the index of event ids leads through all of them in every slice.
    ["COALESCE(event_id, '') >= ?", eventsFrom],
    ["COALESCE(event_id, '') < ?", eventsBefore],
    ['next_trigger <> ?', exceptTests === true ? 'test' : undefined],
  ];
  const given = [
    ...conditions
      .filter(([, value]) => value !== undefined)
      .map(([sql, value]): Condition => ({ sql, values: [value] })),
    ...(forTenant === null ? [{ sql: 'tenant IS NULL', values: [] }] : []),
    ...classOf(selection.statusClass),
    ...ofId(id),
  ];
  return given.length === 0 ? { sql: '1 = 1', values: [] } : all(given);
}

function ofId(id: string | undefined): Condition[] {
  return id === undefined ? [] : [{ sql: '(id = ? OR event_id = ?)', values: [id, id] }];
}

function classOf(statusClass: StatusClass | undefined): Condition[] {
  if (statusClass === undefined) return [];
  if (statusClass === 'none') return [{ sql: 'last_status_code IS NULL', values: [] }];
  const from = Number(statusClass[0]) * 100;
  return [{ sql: 'last_status_code >= ? AND last_status_code < ?', values: [from, from + 100] }];
}
