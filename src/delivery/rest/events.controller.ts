import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiExtraModels, getSchemaPath } from '@nestjs/swagger';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { OneOrManyPipe } from '../../http/one-or-many.pipe.js';
import type { CursorPage } from '../../http/pagination.js';
import type { EventDetailView, EventView } from '../history/event-history.js';
import { EventFilterQuery } from '../history/delivery-filter.dto.js';
import { EventCalls } from './event-calls.js';
import { MOST_EVENTS, ONE_OR_MANY_EVENTS, PublishEventBody, PublishEventItem } from './publish-event.dto.js';

/** The id of a published event. */
interface PublishedId {
  id: string;
}

/** Lists the recorded events, and publishes custom ones. */
@Controller('admin/events')
export class EventsController {
  constructor(private readonly calls: EventCalls) {}

  @Get()
  @RequiresScope('deliveries:read')
  async list(
    @Query() filter: EventFilterQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<CursorPage<EventView>> {
    return this.calls.list(filter, caller, 'may-be-behind');
  }

  @Get(':id')
  @RequiresScope('deliveries:read')
  async detail(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<{ data: EventDetailView }> {
    return { data: await this.calls.get(id, caller, 'may-be-behind') };
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
    @Body(new OneOrManyPipe(ONE_OR_MANY_EVENTS)) body: PublishEventBody | PublishEventItem[],
    @Headers('idempotency-key') key: string | undefined,
    @CurrentCaller() caller: Caller,
  ): Promise<{ data: PublishedId | PublishedId[] }> {
    if (!Array.isArray(body)) return { data: { id: await this.calls.publish(body, key, caller) } };
    const ids = await this.calls.publishAll(body, key, caller);
    return { data: ids.map((id) => ({ id })) };
  }
}
