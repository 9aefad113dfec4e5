import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import type { Freshness } from '../../database/read-replica.js';
import { EventCatalogue } from '../../events/event-catalogue.js';
import type { WebhookEventInit } from '../../events/webhook-event.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { CursorPage } from '../../http/pagination.js';
import type { EventFilterQuery } from '../history/delivery-filter.dto.js';
import { type EventDetailView, EventHistory, type EventView } from '../history/event-history.js';
import { EventPublisher } from '../recording/event-publisher.js';
import { EventQuota } from '../recording/event-quota.js';
import { lengthOfKey, type PublishEventBody, type PublishEventItem } from './publish-event.dto.js';
import { findMisfits, readEvent, readPublisher } from './publish-event.js';

/** What a caller may do with events, as the routes and the service API answer it. */
@Injectable()
export class EventCalls {
  constructor(
    private readonly history: EventHistory,
    private readonly publisher: EventPublisher,
    private readonly catalogue: EventCatalogue,
    private readonly quota: EventQuota,
  ) {}

  /** Reads a page of the caller's recorded events, newest first. */
  async list(
    filter: EventFilterQuery,
    { tenant }: Caller,
    freshness: Freshness = 'current',
  ): Promise<CursorPage<EventView>> {
    return this.history.list(filter, tenant, freshness);
  }

  /** @throws {NotFoundError} also for an event of another tenant */
  async get(id: string, { tenant }: Caller, freshness: Freshness = 'current'): Promise<EventDetailView> {
    return this.history.findDetail(id, tenant, freshness);
  }

  /**
   * Records an event in a transaction of its own.
   *
   * @param key the idempotency key; undefined: none
   * @returns its id
   * @throws {RequestValidationError} when data does not match the schema of its type, on which receivers rely
   * @throws {RateLimitError} when the quota of a tenant is used up
   */
  async publish(body: PublishEventBody, key: string | undefined, caller: Caller): Promise<string> {
    refuseMalformedKey(key);
    refuse(findMisfits(this.catalogue, body));
    const event = readEvent(body, caller);
    this.takeQuota([event]);
    return this.publisher.publishOnce(event, key ?? null, readPublisher(body, caller));
  }

  /** Records events in one transaction: all or none. @returns their ids, in their order */
  async publishAll(
    items: readonly PublishEventItem[],
    key: string | undefined,
    caller: Caller,
  ): Promise<string[]> {
    refuseMalformedKey(key);
    refuse(items.flatMap((item, index) => findMisfits(this.catalogue, item, index)));
    const events = items.map((item, index) => ({
      event: readEvent(item, caller, index),
      key: item.idempotencyKey ?? null,
      by: readPublisher(item, caller),
    }));
    this.takeQuota(events.map(({ event }) => event));
    return this.publisher.publishAll(events, key ?? null, caller.tenant);
  }

  private takeQuota(events: readonly WebhookEventInit[]): void {
    const counts = new Map<string | null, number>();
    for (const { tenant = null } of events) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
    for (const [tenant, count] of counts) this.quota.take(tenant, count);
  }
}

function refuse(misfits: ReturnType<typeof findMisfits>): void {
  if (misfits.length > 0) throw new RequestValidationError(misfits);
}

function refuseMalformedKey(key: string | undefined): void {
  const problem = key === undefined ? null : lengthOfKey(key, 'Idempotency-Key');
  if (problem !== null) throw RequestValidationError.at(['Idempotency-Key'], problem, key);
}
