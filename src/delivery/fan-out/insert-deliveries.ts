import type { EntityManager } from 'typeorm';
import { isDuplicateKey } from '../../database/database-errors.js';
import { dialectOf, insertIgnore, placeholders, tableOf } from '../../database/dialect.js';
import { insertRows } from '../../database/insert-rows.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { type AttemptTrigger, DeliveryEntity, WebhookBodyEntity } from '../model/delivery-entities.js';
import type { OrderPosition } from '../model/order-position.js';

/** A body to store. */
export interface NewBody {
  eventId: string;
  rendering: string;
  contentType: string;
  body: string;
  /** `traceparent` of what published the event, kept where every claim reads; left out or null: nobody traced it. */
  trace?: string | null;
}

/**
 * The order position of an event for a webhook; null for a webhook without order. An event of no thing is a line of its
 * own, so that every delivery of an ordered webhook is found in the same way.
 */
export function getOrderPosition(
  webhook: Pick<DeliverableWebhook, 'ordering'>,
  event: { id: string; orderKey: string | null; sequence: number | null },
): OrderPosition | null {
  if (webhook.ordering === 'none') return null;
  return { key: event.orderKey ?? event.id, sequence: event.sequence ?? 0 };
}

/** A delivery to make. */
export interface NewDelivery {
  id: string;
  eventId: string;
  event: string;
  webhook: DeliverableWebhook;
  rendering: string;
  /** Epoch milliseconds: when it is made, and due unless it is leased. */
  now: number;
  lease: { token: string; until: number } | null;
  /** Its place in the line of its thing; null for a webhook that wants no order. */
  order: OrderPosition | null;
  /** What its first attempt is called. Default: `event`. */
  trigger?: AttemptTrigger;
  /** When it counts as made, epoch milliseconds. Default: `now`. */
  createdAt?: number;
  /** How many claims it had before that recorded nothing: their attempts may have been made. Default: 0. */
  lostClaims?: number;
}

const ROWS_PER_STATEMENT = 500;

/** Stores bodies; one that stands already is kept as it is, because it may have been sent. */
export async function insertBodies(manager: EntityManager, bodies: NewBody[]): Promise<void> {
  const into = `${insertIgnore(dialectOf(manager))} ${tableOf(manager, WebhookBodyEntity)}`;
  const columns = 'event_id, rendering, content_type, body';
  const values = (row: NewBody) => [row.eventId, row.rendering, row.contentType, row.body];
  const traced = bodies.filter(({ trace }) => trace);
  const untraced = traced.length === 0 ? bodies : bodies.filter(({ trace }) => !trace);
  await insertRows(manager, `${into} (${columns})`, untraced.map(values));
  await insertRows(
    manager,
    `${into} (${columns}, trace)`,
    traced.map((row) => [...values(row), row.trace]),
  );
}

/**
 * Makes deliveries; where the event already has one for that webhook, nothing is made.
 *
 * @returns the ids of those that were made, `all` when every one was
 */
export async function insertDeliveries(
  manager: EntityManager,
  deliveries: NewDelivery[],
): Promise<ReadonlySet<string> | 'all'> {
  try {
    await write(manager, 'INSERT INTO', deliveries);
    return 'all';
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  await write(manager, insertIgnore(dialectOf(manager)), deliveries);
  const made = new Set<string>();
  for (const rows of chunks(deliveries)) {
    const found = await manager.query<{ id: string }[]>(
      `SELECT id FROM ${tableOf(manager, DeliveryEntity)} WHERE id IN (${placeholders(rows.length)})`,
      rows.map(({ id }) => id),
    );
    for (const { id } of found) made.add(id);
  }
  return made;
}

const COLUMNS = [
  'id',
  'event_id',
  'webhook_id',
  'event',
  'tenant',
  'rendering',
  'state',
  'attempts_begun',
  'claim_count',
  'next_trigger',
  'next_attempt_at',
  'lane',
  'due_at',
  'lease_token',
  'created_at',
];

const COLUMNS_OF_ORDER = ['order_lane', 'order_key', 'sequence'];

/** Deliveries that stand in no line have nothing to say of it, which saves a sixth of their values. */
async function write(manager: EntityManager, insert: string, deliveries: NewDelivery[]): Promise<void> {
  const into = `${insert} ${tableOf(manager, DeliveryEntity)}`;
  const unordered = deliveries.filter(({ order }) => order === null);
  await insertRows(manager, `${into} (${COLUMNS.join(',')})`, unordered.map(valuesOf));
  const ordered = deliveries.flatMap((delivery) => {
    const { order, webhook } = delivery;
    return order ? [[...valuesOf(delivery), webhook.id, order.key, order.sequence]] : [];
  });
  await insertRows(manager, `${into} (${[...COLUMNS, ...COLUMNS_OF_ORDER].join(',')})`, ordered);
}

function valuesOf(delivery: NewDelivery): unknown[] {
  const { id, eventId, event, webhook, rendering, now, lease, trigger, createdAt, lostClaims = 0 } = delivery;
  const claims = lostClaims + (lease ? 1 : 0);
  return [
    id,
    eventId,
    webhook.id,
    event,
    webhook.tenant,
    rendering,
    'pending',
    claims,
    claims,
    trigger ?? 'event',
    now,
    webhook.id,
    lease ? lease.until : now,
    lease ? lease.token : null,
    createdAt ?? now,
  ];
}

function chunks<T>(items: T[]): T[][] {
  const result: T[][] = [];
  for (let start = 0; start < items.length; start += ROWS_PER_STATEMENT) {
    result.push(items.slice(start, start + ROWS_PER_STATEMENT));
  }
  return result;
}
