import type { EntityManager } from 'typeorm';
import { findTenantProblem } from '../../auth/tenancy.js';
import { tableOf } from '../../database/dialect.js';
import { insertRows } from '../../database/insert-rows.js';
import type { EventContext } from '../../events/document-node.js';
import type { JsonObject } from '../../events/json.js';
import { timeOf } from '../../host/time-ordered-ids.js';
import { identifier } from '../../http/checks.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';
import type { OrderPosition } from '../model/order-position.js';
import type { PublishedBy } from '../model/published-by.js';
import type { StoredEventRow } from '../model/stored-event.js';
import { serializeData, UnwritableEventError } from './serialize-data.js';

/** The content of an event's row. */
export interface EventRecord {
  id: string;
  type: string;
  model: string | null;
  uid: string | null;
  key: string | null;
  tenant: string | null;
  data: JsonObject;
  /** Further data beside the snapshot. Default: none. */
  context?: EventContext;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Its position among the events of the same thing, when some webhook requires ordering. Default: none. */
  order?: OrderPosition | null;
  /** Who published it through the API. Default: nobody did. */
  publishedBy?: PublishedBy | null;
  /** False for an event that is not fanned out to subscribers, such as a test. Default: true. */
  fanOut?: boolean;
}

/** The columns of {@link EventRow}. */
export const COLUMNS_OF_EVENT =
  'id, type, model, uid, `key`, tenant, snapshot, context, fan_out_due_at, created_at, published_at, published_by, ' +
  'order_key, sequence';

/** The place of the snapshot among the columns; the context follows it. */
const SNAPSHOT_AT = 6;

/** The values of an event's row, in the order of its columns. */
export type EventRow = (string | number | null)[];

/**
 * Inserts the row of an event into the transactional outbox, in the transaction of the change.
 *
 * @returns the size of its data, about: characters
 * @throws {UnwritableEventError} as {@link toEventRow} does
 */
export async function insertEvent(manager: EntityManager, event: EventRecord): Promise<number> {
  const row = toEventRow(event);
  await insertEvents(manager, [row]);
  return sizeOfData(row);
}

/** Inserts the rows of events, by few statements. */
export async function insertEvents(manager: EntityManager, rows: EventRow[]): Promise<void> {
  await insertRows(
    manager,
    `INSERT INTO ${tableOf(manager, WebhookEventEntity)} (${COLUMNS_OF_EVENT})`,
    rows,
  );
}

/**
 * Serializes an event for {@link insertEvents}.
 *
 * @throws {UnwritableEventError} for data that JSON cannot write, and for a type or a tenant that a database would take for
 *   another
 */
export function toEventRow(event: EventRecord): EventRow {
  const problem = findNameProblem(event);
  if (problem !== null) throw new UnwritableEventError(problem);
  return [
    event.id,
    event.type,
    event.model,
    event.uid,
    event.key,
    event.tenant,
    serializeData(event.data),
    serializeContext(event.context),
    event.fanOut === false ? null : event.createdAt,
    event.createdAt,
    event.publishedBy ? timeOf(event.id) : null,
    event.publishedBy ? JSON.stringify(event.publishedBy) : null,
    event.order?.key ?? null,
    event.order?.sequence ?? null,
  ];
}

/** The size of an event's data, about: characters. */
export function sizeOfData(row: EventRow): number {
  const [snapshot, context] = row.slice(SNAPSHOT_AT, SNAPSHOT_AT + 2) as [string, string | null];
  return snapshot.length + (context?.length ?? 0);
}

/** Gives a row its position, as `order` of {@link EventRecord} does. */
export function placeInOrder(row: EventRow, { key, sequence }: OrderPosition): EventRow {
  return [...row.slice(0, -2), key, sequence];
}

/** A row with another fan-out mark. @param at the place of the mark among the columns */
export function withMark(row: EventRow, at: number, mark: number | null): EventRow {
  return [...row.slice(0, at), mark, ...row.slice(at + 1)];
}

/** A row in the form in which it is read back. */
export function toStoredRow(row: EventRow): StoredEventRow {
  const [id, type, model, uid, key, tenant, snapshot, context, , created_at, , , order_key, sequence] = row;
  return {
    id,
    type,
    model,
    uid,
    key,
    tenant,
    snapshot,
    context,
    created_at,
    order_key,
    sequence,
  } as StoredEventRow;
}

/** Null when there is nothing to store, as for most events of hosts. */
function serializeContext(context: EventContext | undefined): string | null {
  if (!context) return null;
  const { previous, actor, document, trace } = context;
  if (!(previous ?? actor ?? document ?? trace)) return null;
  return JSON.stringify({ previous, actor, document, ...(trace ? { trace } : {}) });
}

function findNameProblem({ type, tenant }: EventRecord): string | null {
  return identifier(type, 'type') ?? (tenant === null ? null : findTenantProblem(tenant));
}
