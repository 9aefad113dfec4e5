import type { EntityManager } from 'typeorm';
import { findTenantProblem } from '../../auth/tenancy.js';
import { tableOf } from '../../database/dialect.js';
import type { EventContext } from '../../events/document-node.js';
import type { JsonObject } from '../../events/json.js';
import { identifier } from '../../http/checks.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';
import type { OrderPosition } from '../model/order-position.js';
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
  /** False for an event that is not fanned out to subscribers, such as a test. Default: true. */
  fanOut?: boolean;
}

/**
 * Inserts the row of an event into the transactional outbox, in the transaction of the change.
 *
 * @returns the size of its data, about: characters
 * @throws {UnwritableEventError} for data that JSON cannot write, and for a type or a tenant that a database would take for
 *   another
 */
export async function insertEvent(manager: EntityManager, event: EventRecord): Promise<number> {
  const problem = findNameProblem(event);
  if (problem !== null) throw new UnwritableEventError(problem);
  const snapshot = serializeData(event.data);
  const context = serializeContext(event.context);
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
      snapshot,
      context,
      event.fanOut === false ? null : event.createdAt,
      event.createdAt,
      event.order?.key ?? null,
      event.order?.sequence ?? null,
    ],
  );
  return snapshot.length + (context?.length ?? 0);
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
