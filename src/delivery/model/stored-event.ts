import type { EventContext } from '../../events/document-node.js';
import type { JsonObject } from '../../events/json.js';
import type { RecordedEvent } from '../../webhooks/formats/recorded-event.js';
import type { RenderedBody } from '../../webhooks/formats/render-body.js';
import { restoreBodies } from './pinned-bodies.js';

/** An event as it was recorded, with its place in the line of its thing where some webhook wants order. */
export interface StoredEvent extends RecordedEvent {
  orderKey: string | null;
  sequence: number | null;
}

/** The columns that {@link storedEvent} reads. */
export const STORED_EVENT_COLUMNS =
  'id, type, model, uid, `key`, tenant, snapshot, context, created_at, order_key, sequence';

/** A row of {@link STORED_EVENT_COLUMNS}. */
export interface StoredEventRow {
  id: string;
  type: string;
  model: string | null;
  uid: string | null;
  key: string | null;
  tenant: string | null;
  snapshot: string;
  context: string | null;
  created_at: string | number;
  order_key: string | null;
  sequence: string | number | null;
}

/** The columns of an event that waits for its fan-out. */
export const WAITING_EVENT_COLUMNS = `${STORED_EVENT_COLUMNS}, lease_token, bodies`;

/** A row of {@link WAITING_EVENT_COLUMNS}. */
export interface WaitingEventRow extends StoredEventRow {
  lease_token: string | null;
  bodies: string | null;
}

/** An event that waits for its fan-out. */
export interface WaitingEvent extends StoredEvent {
  /** Whether a process held it under a lease that has ended: it may have sent the event and recorded nothing. */
  wasLeased: boolean;
  /** The bodies that were pinned when it was recorded, by rendering. */
  pinned: ReadonlyMap<string, RenderedBody>;
}

export function waitingEvent(row: WaitingEventRow): WaitingEvent {
  const pinned = restoreBodies(row.bodies, row.snapshot);
  // In place: names that are added to a spread copy cost a microsecond each, and a drain reads many events.
  return Object.assign(storedEvent(row), {
    wasLeased: row.lease_token !== null,
    pinned: new Map(pinned.map((body) => [body.rendering, body])),
  });
}

const NO_CONTEXT: EventContext = { previous: null, actor: null, document: null };

export function storedEvent(row: StoredEventRow): StoredEvent {
  const { id, type, model, uid, key, tenant } = row;
  return {
    id,
    type,
    model,
    uid,
    key,
    tenant,
    data: JSON.parse(row.snapshot) as JsonObject,
    context: row.context === null ? NO_CONTEXT : (JSON.parse(row.context) as EventContext),
    createdAt: Number(row.created_at),
    orderKey: row.order_key,
    sequence: row.sequence === null ? null : Number(row.sequence),
  };
}
