import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiExtraModels, getSchemaPath } from '@nestjs/swagger';
import { EventCatalogue } from '../../events/event-catalogue.js';
import type { WebhookEventInit } from '../../events/webhook-event.js';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import { RequiresScope } from '../../auth/scopes.js';
import { OneOrManyPipe } from '../../http/one-or-many.pipe.js';
import type { CursorPage } from '../../http/pagination.js';
import { type EventDetailView, EventHistory, type EventView } from '../history/event-history.js';
import { EventFilterQuery } from '../history/delivery-filter.dto.js';
import { EventPublisher } from '../recording/event-publisher.js';
import { EventQuota } from '../recording/event-quota.js';
import { findMisfits, readEvent, readPublisher } from './publish-event.js';
import { lengthOfKey, PublishEventBody, PublishEventItem } from './publish-event.dto.js';

/** The most events of one request. */
const MOST_EVENTS = 500;

const BODY = { one: PublishEventBody, each: PublishEventItem, most: MOST_EVENTS, plural: 'events' };

/** The id of a published event. */
interface PublishedId {
  id: string;
}

/** Lists the recorded events, and publishes custom ones. */
@Controller('admin/events')
export class EventsController {
  constructor(
    private readonly history: EventHistory,
    private readonly publisher: EventPublisher,
    private readonly catalogue: EventCatalogue,
    private readonly quota: EventQuota,
  ) {}

  @Get()
  @RequiresScope('deliveries:read')
  async list(
    @Query() filter: EventFilterQuery,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<CursorPage<EventView>> {
    return this.history.list(filter, tenant);
  }

  @Get(':id')
  @RequiresScope('deliveries:read')
  async detail(
    @Param('id') id: string,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: EventDetailView }> {
    return { data: await this.history.findDetail(id, tenant) };
  }

  /** Publishes an event, or up to 500 in one transaction: all are recorded or none is. */
  @Post()
  @Audited('event.publish', { body: PublishEventBody, isKeptElsewhere: true })
  @HttpCode(202)
  @RequiresScope('events:write')
  @ApiExtraModels(PublishEventBody, PublishEventItem)
  @ApiBody({
    schema: {
      oneOf: [
        { $ref: getSchemaPath(PublishEventBody) },
        {
          type: 'array',
          minItems: 1,
          maxItems: MOST_EVENTS,
          items: { $ref: getSchemaPath(PublishEventItem) },
        },
      ],
    },
  })
  async publish(
    @Body(new OneOrManyPipe(BODY)) body: PublishEventBody | PublishEventItem[],
    @Headers('idempotency-key') key: string | undefined,
    @CurrentCaller() caller: Caller,
  ): Promise<{ data: PublishedId | PublishedId[] }> {
    refuseMalformedKey(key);
    this.refuseMisfits(body);
    if (!Array.isArray(body)) {
      const event = readEvent(body, caller);
      this.takeQuota([event]);
      const id = await this.publisher.publishOnce(event, key ?? null, readPublisher(body, caller));
      return { data: { id } };
    }
    const events = body.map((item, index) => ({
      event: readEvent(item, caller, index),
      key: item.idempotencyKey ?? null,
      by: readPublisher(item, caller),
    }));
    this.takeQuota(events.map(({ event }) => event));
    const ids = await this.publisher.publishAll(events, key ?? null, caller.tenant);
    return { data: ids.map((id) => ({ id })) };
  }

  /** @throws {RateLimitError} when the quota of a tenant is used up */
  private takeQuota(events: readonly WebhookEventInit[]): void {
    const counts = new Map<string | null, number>();
    for (const { tenant = null } of events) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
    for (const [tenant, count] of counts) this.quota.take(tenant, count);
  }

  /** @throws {RequestValidationError} when data does not match the schema of its type, on which receivers rely */
  private refuseMisfits(body: PublishEventBody | PublishEventItem[]): void {
    const issues = Array.isArray(body)
      ? body.flatMap((item, index) => findMisfits(this.catalogue, item, index))
      : findMisfits(this.catalogue, body);
    if (issues.length > 0) throw new RequestValidationError(issues);
  }
}

function refuseMalformedKey(key: string | undefined): void {
  const problem = key === undefined ? null : lengthOfKey(key, 'Idempotency-Key');
  if (problem !== null) throw RequestValidationError.at(['Idempotency-Key'], problem, key);
}
