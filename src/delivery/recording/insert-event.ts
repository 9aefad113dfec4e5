import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import type { EventContext } from '../../events/document-node.js';
import type { JsonObject } from '../../events/json.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';

/** What is recorded of an event. */
export interface EventRecord {
  id: string;
  type: string;
  model: string | null;
  uid: string | null;
  key: string | null;
  tenant: string | null;
  data: JsonObject;
  /** What stands beside the snapshot; left out: nothing. */
  context?: EventContext;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Its place in the line of its thing, where some webhook wants order. */
  order?: { key: string; sequence: number } | null;
  /** False for an event that no webhook gets by subscription, such as a test. Default: true. */
  fanOut?: boolean;
}

/** Writes an event's one row, by the manager of the transaction that it belongs to. */
export async function insertEvent(manager: EntityManager, event: EventRecord): Promise<void> {
  await manager.query(
    `INSERT INTO ${tableOf(manager, WebhookEventEntity)}
     (id, type, model, uid, \`key\`, tenant, snapshot, context, fan_out_due_at, created_at, order_key, sequence)
     VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
    [
      event.id,
      event.type,
      event.model,
      event.uid,
      event.key,
      event.tenant,
      JSON.stringify(event.data),
      contextText(event.context),
      event.fanOut === false ? null : event.createdAt,
      event.createdAt,
      event.order?.key ?? null,
      event.order?.sequence ?? null,
    ],
  );
}

/** Null where there is nothing to keep, which is the rule for events of hosts. */
function contextText(context: EventContext | undefined): string | null {
  if (!context) return null;
  const { previous, actor, document, trace } = context;
  if (!(previous ?? actor ?? document ?? trace)) return null;
  return JSON.stringify({ previous, actor, document, ...(trace ? { trace } : {}) });
}
