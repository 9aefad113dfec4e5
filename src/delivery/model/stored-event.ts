import type { EventContext } from '../../events/document-node.js';
import type { JsonObject } from '../../events/json.js';
import type { RecordedEvent } from '../../webhooks/formats/recorded-event.js';

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
