import { EntitySchema } from 'typeorm';

/** An event as it was recorded; immutable but for its fan-out mark. */
export class WebhookEventEntity {
  id!: string;
  type!: string;
  model!: string | null;
  uid!: string | null;
  key!: string | null;
  tenant!: string | null;
  /** JSON text of the event's data. */
  snapshot!: string;
  /** JSON of what stands beside the snapshot; null: nothing. */
  context!: string | null;
  /**
   * Set until the event has been fanned out, then null. Epoch milliseconds: when it was recorded, which orders and is
   * never waited for; negative: when others may take it, because it could not be rendered or a process holds it.
   */
  fanOutDueAt!: number | null;
  createdAt!: number;
  /** Whose line it stands in, and at which place, where some webhook wants order; else null. */
  orderKey!: string | null;
  sequence!: number | null;
  /** The time in the id of an event that was published through the API; null: it was not. */
  publishedAt!: number | null;
  /** JSON of {@link PublishedBy}. */
  publishedBy!: string | null;
  /** Fencing token of the process that recorded it for its own worker and holds it; null: nobody holds it. */
  leaseToken!: string | null;
  /** JSON: the bodies that its recipients get, pinned beside the snapshot; null: they stand in `webhook_bodies`. */
  bodies!: string | null;
  /** When its data was erased, epoch milliseconds: the row is a tombstone, with `{}` as its snapshot. Null: it was not. */
  erasedAt!: number | null;
  /** By which erasure. */
  erasureId!: string | null;
}

/** An event's request body in one rendering, as the bytes that every attempt sends. */
export class WebhookBodyEntity {
  eventId!: string;
  rendering!: string;
  contentType!: string;
  body!: string;
  trace!: string | null;
}

/** One event for one webhook. */
export class DeliveryEntity {
  id!: string;
  eventId!: string;
  webhookId!: string;
  event!: string;
  tenant!: string | null;
  rendering!: string;
  state!: DeliveryState;
  reason!: FailureReason | null;
  attemptCount!: number;
  attemptsBegun!: number;
  schedulePosition!: number;
  claimCount!: number;
  lastStatusCode!: number | null;
  nextTrigger!: AttemptTrigger;
  nextAttemptAt!: number | null;
  /** The webhook's id while the delivery is pending, else null: what the index of due work begins with. */
  lane!: string | null;
  /** When the next worker may take it: its next attempt, or the end of the lease that holds it. Null once ended. */
  dueAt!: number | null;
  leaseToken!: string | null;
  createdAt!: number;
  finishedAt!: number | null;
  /** The webhook's id where it wants order, else null: what the index of ordered work begins with. */
  orderLane!: string | null;
  orderKey!: string | null;
  sequence!: number | null;
}

/** One HTTP request that was made for a delivery. */
export class AttemptEntity {
  deliveryId!: string;
  number!: number;
  trigger!: AttemptTrigger;
  startedAt!: number;
  durationMs!: number;
  url!: string;
  statusCode!: number | null;
  error!: string | null;
  /** JSON object; signatures left out, the webhook's own values masked. */
  requestHeaders!: string;
  responseHeaders!: string | null;
  /** At most the first 16 KiB. */
  responseBody!: string | null;
  responseTruncated!: boolean;
  /** Of the row with what it shares with other requests of its webhook; null: `url` and `requestHeaders` say it all. */
  requestId!: string | null;
}

/** Which publish request made which event, for as long as its `Idempotency-Key` is remembered. */
export class IdempotencyKeyEntity {
  keyHash!: string;
  /** Of an array, its first event's. */
  eventId!: string;
  requestHash!: string;
  /** JSON array of the ids that an array of events was answered with; null: it was one event. */
  eventIds!: string | null;
  createdAt!: number;
}

/** A person's wish for one attempt now, kept until the attempt is recorded. */
export class RedeliveryEntity {
  id!: string;
  deliveryId!: string;
  dueAt!: number;
  leaseToken!: string | null;
}

/** One of the requests that may be out at a time for a webhook with a limit of its own. */
export class WebhookSlotEntity {
  webhookId!: string;
  slot!: number;
  deliveryId!: string | null;
  /** The token of the claim that holds it: it alone may free it. */
  leaseToken!: string | null;
  heldUntil!: number;
}

/** The last number that was given to an event of one thing. */
export class WebhookSequenceEntity {
  orderKey!: string;
  sequence!: number;
}

export type DeliveryState = 'pending' | 'succeeded' | 'failed';

/** Why a delivery ended without success. */
export type FailureReason =
  | 'exhausted'
  | 'rejected'
  | 'webhook-disabled'
  | 'webhook-deleted'
  | 'tenant-changed'
  | 'cancelled'
  | 'expired'
  | 'erased';

/** Why an attempt was made. */
export type AttemptTrigger = 'event' | 'retry' | 'manual' | 'recovery' | 'test';

const id = (name: string, primary = false) => ({ type: 'varchar', length: 64, name, primary }) as const;
const text = (name: string, nullable = false) => ({ type: 'text', name, nullable }) as const;
const varchar = (name: string, length: number, nullable = false) =>
  ({ type: 'varchar', length, name, nullable }) as const;
const int = (name: string, nullable = false) => ({ type: 'int', name, nullable }) as const;
const epochMs = (name: string, nullable = false) =>
  ({
    type: 'bigint',
    name,
    nullable,
    transformer: { to: (ms: number | null) => ms, from: numberOrNull },
  }) as const;

/** The schemas of the tables of events, bodies, deliveries, attempts and what claims them. */
export function modelEntities(prefix = ''): EntitySchema[] {
  return [
    new EntitySchema<WebhookEventEntity>({
      target: WebhookEventEntity,
      name: 'WebhookEvent',
      tableName: `${prefix}webhook_events`,
      columns: {
        id: id('id', true),
        type: varchar('type', 255),
        model: varchar('model', 255, true),
        uid: varchar('uid', 255, true),
        key: varchar('key', 255, true),
        tenant: varchar('tenant', 255, true),
        snapshot: text('snapshot'),
        context: text('context', true),
        fanOutDueAt: epochMs('fan_out_due_at', true),
        createdAt: epochMs('created_at'),
        orderKey: { ...id('order_key'), nullable: true },
        sequence: epochMs('sequence', true),
        publishedAt: epochMs('published_at', true),
        publishedBy: text('published_by', true),
        leaseToken: { ...id('lease_token'), nullable: true },
        bodies: text('bodies', true),
        erasedAt: epochMs('erased_at', true),
        erasureId: { ...id('erasure_id'), nullable: true },
      },
    }),
    new EntitySchema<WebhookBodyEntity>({
      target: WebhookBodyEntity,
      name: 'WebhookBody',
      tableName: `${prefix}webhook_bodies`,
      columns: {
        eventId: id('event_id', true),
        rendering: id('rendering', true),
        contentType: varchar('content_type', 255),
        body: text('body'),
        trace: { ...id('trace'), nullable: true },
      },
    }),
    new EntitySchema<DeliveryEntity>({
      target: DeliveryEntity,
      name: 'WebhookDelivery',
      tableName: `${prefix}webhook_deliveries`,
      columns: {
        id: id('id', true),
        eventId: id('event_id'),
        webhookId: id('webhook_id'),
        event: varchar('event', 255),
        tenant: varchar('tenant', 255, true),
        rendering: id('rendering'),
        state: varchar('state', 16),
        reason: varchar('reason', 32, true),
        attemptCount: int('attempt_count'),
        attemptsBegun: int('attempts_begun'),
        schedulePosition: int('schedule_position'),
        claimCount: int('claim_count'),
        lastStatusCode: int('last_status_code', true),
        nextTrigger: varchar('next_trigger', 16),
        nextAttemptAt: epochMs('next_attempt_at', true),
        lane: { ...id('lane'), nullable: true },
        dueAt: epochMs('due_at', true),
        leaseToken: { ...id('lease_token'), nullable: true },
        createdAt: epochMs('created_at'),
        finishedAt: epochMs('finished_at', true),
        orderLane: { ...id('order_lane'), nullable: true },
        orderKey: { ...id('order_key'), nullable: true },
        sequence: epochMs('sequence', true),
      },
    }),
    new EntitySchema<AttemptEntity>({
      target: AttemptEntity,
      name: 'WebhookAttempt',
      tableName: `${prefix}webhook_attempts`,
      columns: {
        deliveryId: id('delivery_id', true),
        number: { ...int('number'), primary: true },
        trigger: varchar('trigger', 16),
        startedAt: epochMs('started_at'),
        durationMs: int('duration_ms'),
        url: varchar('url', 2048),
        statusCode: int('status_code', true),
        error: text('error', true),
        requestHeaders: text('request_headers'),
        responseHeaders: text('response_headers', true),
        responseBody: text('response_body', true),
        responseTruncated: { type: 'boolean', name: 'response_truncated' },
        requestId: { ...id('request_id'), nullable: true },
      },
    }),
    new EntitySchema<IdempotencyKeyEntity>({
      target: IdempotencyKeyEntity,
      name: 'WebhookIdempotencyKey',
      tableName: `${prefix}webhook_idempotency_keys`,
      columns: {
        keyHash: id('key_hash', true),
        eventId: id('event_id'),
        requestHash: id('request_hash'),
        eventIds: text('event_ids', true),
        createdAt: epochMs('created_at'),
      },
    }),
    new EntitySchema<RedeliveryEntity>({
      target: RedeliveryEntity,
      name: 'WebhookRedelivery',
      tableName: `${prefix}webhook_redeliveries`,
      columns: {
        id: id('id', true),
        deliveryId: id('delivery_id'),
        dueAt: epochMs('due_at'),
        leaseToken: { ...id('lease_token'), nullable: true },
      },
    }),
    new EntitySchema<WebhookSlotEntity>({
      target: WebhookSlotEntity,
      name: 'WebhookSlot',
      tableName: `${prefix}webhook_slots`,
      columns: {
        webhookId: id('webhook_id', true),
        slot: { ...int('slot'), primary: true },
        deliveryId: { ...id('delivery_id'), nullable: true },
        leaseToken: { ...id('lease_token'), nullable: true },
        heldUntil: epochMs('held_until'),
      },
    }),
    new EntitySchema<WebhookSequenceEntity>({
      target: WebhookSequenceEntity,
      name: 'WebhookSequence',
      tableName: `${prefix}webhook_sequences`,
      columns: { orderKey: id('order_key', true), sequence: epochMs('sequence') },
    }),
  ];
}

function numberOrNull(value: string | number | null): number | null {
  return value === null ? null : Number(value);
}
