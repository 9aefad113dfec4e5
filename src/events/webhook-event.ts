import type { EntityManager } from 'typeorm';
import type { EventContext } from './document-node.js';
import { markRecorded, trackUnrecorded } from './unrecorded-events.js';
import type { WebhookEventData } from './host-event-map.js';

/** What is told of something that happened. */
export interface WebhookEventInit<Type extends string = string, Data = WebhookEventData<Type>> {
  /** The event type, `entry.create` for one. */
  type: Type;
  /** What is told: the snapshot taken at the change. Never read again later. */
  data: NoInfer<Data>;
  /** The kind of thing that changed (`address`), null where there is none. */
  model?: string | null;
  /** The content type's uid (`api::address.address`), null where there is none. */
  uid?: string | null;
  /** The key of the thing that changed, as text; null where there is none. */
  key?: string | null;
  /** Whose event it is; null: nobody's in particular. */
  tenant?: string | null;
  /** What webhooks may ask for beside the snapshot: previous values, the actor. */
  context?: Partial<EventContext>;
}

const BRAND = Symbol.for('posthorn.WebhookEvent');

/**
 * Something that happened, on its way to the recorder through the event emitter. It carries the snapshot and the
 * `EntityManager` of the change, so that the recorder writes in the same transaction.
 *
 * Emit it with `announce(...)`, which refuses to go on when nobody recorded it. One that is made in a transaction and
 * recorded by nobody keeps that transaction from being committed.
 */
export class WebhookEvent<Type extends string = string, Data = WebhookEventData<Type>> {
  readonly type: Type;
  readonly data: Data;
  readonly model: string | null;
  readonly uid: string | null;
  readonly key: string | null;
  readonly tenant: string | null;
  readonly context: EventContext;
  readonly [BRAND] = true;
  private recordedAs: string | null = null;

  constructor(
    init: WebhookEventInit<Type, Data>,
    /** The manager of the transaction in which the thing changed. */
    readonly manager: EntityManager,
  ) {
    this.type = init.type;
    this.data = init.data;
    this.model = init.model ?? null;
    this.uid = init.uid ?? null;
    this.key = init.key ?? null;
    this.tenant = init.tenant ?? null;
    this.context = { previous: null, actor: null, document: null, ...init.context };
    trackUnrecorded(manager, this);
  }

  /** The id under which the event was recorded, null until it was. */
  get recordedId(): string | null {
    return this.recordedAs;
  }

  /** Called by the recorder, once the event's row is written. */
  acknowledge(eventId: string): void {
    this.recordedAs = eventId;
    markRecorded(this.manager, this);
  }

  /** Whether a value is such an event, also when it comes from another copy of this package. */
  static is(value: unknown): value is WebhookEvent {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
  }
}
