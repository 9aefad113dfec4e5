import type { EntityManager } from 'typeorm';
import type { EventContext } from './document-node.js';
import { markRecorded, trackUnrecorded } from './unrecorded-events.js';
import type { WebhookEventData } from './host-event-map.js';

/** The constructor argument of {@link WebhookEvent}. */
export interface WebhookEventInit<Type extends string = string, Data = WebhookEventData<Type>> {
  /** The event type, for example `entry.create`. */
  type: Type;
  /** The snapshot taken at the change. It is not read from the database again. */
  data: NoInfer<Data>;
  /** The kind of the changed object (`address`); null: none. */
  model?: string | null;
  /** The content type's uid (`api::address.address`); null: none. */
  uid?: string | null;
  /** The key of the changed object, as text; null: none. */
  key?: string | null;
  /** The event's tenant; null: none. */
  tenant?: string | null;
  /** Optional parts of the body that webhooks can include: previous values, the actor. */
  context?: Partial<EventContext>;
}

const BRAND = Symbol.for('posthorn.WebhookEvent');

/**
 * An event on its way through the event emitter to the recorder. It carries the snapshot and the `EntityManager` of the
 * change, so that the recorder inserts the event's row in the same transaction (transactional outbox).
 *
 * Emit it with `announce(...)`, which throws when no recorder acknowledged it. A transaction with an unrecorded event
 * cannot commit.
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
    /** The manager of the transaction of the change. */
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

  /** The id of the event's row; null until the recorder has written it. */
  get recordedId(): string | null {
    return this.recordedAs;
  }

  /** Called by the recorder after it has written the event's row. */
  acknowledge(eventId: string): void {
    this.recordedAs = eventId;
    markRecorded(this.manager, this);
  }

  /** Whether a value is a webhook event, also one of another copy of this package. */
  static is(value: unknown): value is WebhookEvent {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
  }
}
