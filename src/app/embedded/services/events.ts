import { Injectable } from '@nestjs/common';
import type { EventDetailView, EventView } from '../../../delivery/history/event-history.js';
import { EventFilterQuery } from '../../../delivery/history/delivery-filter.dto.js';
import { EventCalls } from '../../../delivery/rest/event-calls.js';
import {
  ONE_OR_MANY_EVENTS,
  PublishEventBody,
  type PublishEventItem,
} from '../../../delivery/rest/publish-event.dto.js';
import type { WebhookEventType } from '../../../events/host-event-map.js';
import type { WebhookEventInit } from '../../../events/webhook-event.js';
import { OneOrManyPipe } from '../../../http/one-or-many.pipe.js';
import type { CursorPage } from '../../../http/pagination.js';
import type { HostCaller } from '../host-caller.js';
import { ServiceCalls, toQuery } from './service-calls.js';

/** Which events a list has, as the query of `GET /admin/events`. The given ones are joined by AND. */
export interface EventListOptions {
  /** The event type. */
  type?: string;
  tenant?: string;
  /** Events recorded at or after this time; a text is ISO 8601. */
  from?: Date | string;
  /** Events recorded before this time. */
  to?: Date | string;
  /** The `nextCursor` of an earlier page. */
  cursor?: string;
  /** 1 to 200. Default: 50. */
  limit?: number;
}

/** An event as `POST /admin/events` takes it. */
export type EventToPublish<Type extends WebhookEventType> = Pick<
  WebhookEventInit<Type>,
  'type' | 'data' | 'model' | 'key' | 'tenant'
>;

/** One of several events. */
export type OneEventToPublish<Type extends WebhookEventType> = EventToPublish<Type> & {
  /** 1 to 255 characters, unique in its tenant. Default: none. */
  idempotencyKey?: string;
};

/**
 * The events, for the code of a host: what the routes do, by the same rules and into the same audit log. An event that
 * belongs to a change is published by `WebhookPublisher`, in the transaction of the change.
 */
@Injectable()
export class Events {
  private readonly pipe = new OneOrManyPipe(ONE_OR_MANY_EVENTS);

  constructor(
    private readonly calls: ServiceCalls,
    private readonly events: EventCalls,
  ) {}

  /** Lists events, newest first. @throws {ForbiddenError} without the scope `deliveries:read` */
  async list(viewer: HostCaller, options: EventListOptions = {}): Promise<CursorPage<EventView>> {
    return this.calls.read(viewer, 'deliveries:read', async (caller) =>
      this.events.list(await this.calls.check(EventFilterQuery, toQuery(options), 'query'), caller),
    );
  }

  /** @throws {NotFoundError} also for an event of another tenant @throws {ForbiddenError} without `deliveries:read` */
  async get(viewer: HostCaller, id: string): Promise<EventDetailView> {
    return this.calls.read(viewer, 'deliveries:read', (caller) => this.events.get(id, caller));
  }

  /**
   * Records an event in a transaction of its own, once for each idempotency key of its tenant.
   *
   * @param options `idempotencyKey`: 1 to 255 characters. Default: none
   * @returns its id, the `webhook-id` of its requests
   * @throws {RequestValidationError} @throws {ForbiddenError} without the scope `events:write`
   * @throws {ConflictError} when the key was used for another event
   * @throws {RateLimitError} when the quota of its tenant is used up @throws {EventRefusedError} past a bound of `limits`
   */
  async publish<Type extends WebhookEventType>(
    viewer: HostCaller,
    event: EventToPublish<Type>,
    { idempotencyKey }: { idempotencyKey?: string } = {},
  ): Promise<string> {
    return this.calls.run(
      viewer,
      {
        scope: 'events:write',
        action: 'event.publish',
        status: 202,
        input: { type: PublishEventBody, value: event },
        isKeptElsewhere: true,
      },
      (caller, body) => this.events.publish(body, idempotencyKey, caller),
    );
  }

  /**
   * Records 1 to 500 events in one transaction: all or none.
   *
   * @param options `idempotencyKey` of all of them together. Default: none
   * @returns their ids, in their order
   * @throws as {@link publish} does
   */
  async publishAll<Type extends WebhookEventType>(
    viewer: HostCaller,
    events: readonly OneEventToPublish<Type>[],
    { idempotencyKey }: { idempotencyKey?: string } = {},
  ): Promise<string[]> {
    return this.calls.run<string[], PublishEventItem[]>(
      viewer,
      {
        scope: 'events:write',
        action: 'event.publish',
        status: 202,
        input: {
          type: PublishEventBody,
          value: events,
          check: (sent) => this.pipe.transform([sent].flat()) as PublishEventItem[],
        },
        isKeptElsewhere: true,
      },
      (caller, items) => this.events.publishAll(items, idempotencyKey, caller),
    );
  }
}
