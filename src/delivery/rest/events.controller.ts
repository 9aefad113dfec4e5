import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { EVENT_TYPE_NAME, EventCatalogue } from '../../events/event-catalogue.js';
import type { JsonObject } from '../../events/json.js';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import { RequiresScope } from '../../auth/scopes.js';
import { resolveTenant, findTenantProblem } from '../../auth/tenancy.js';
import { RawJson } from '../../http/raw-json.js';
import {
  atMostCharacters,
  type ValueCheck,
  allOf,
  Optional,
  ofType,
  orNull,
  Check,
  identifier,
  required,
} from '../../http/checks.js';
import type { CursorPage } from '../../http/pagination.js';
import { type EventDetailView, EventHistory, type EventView } from '../history/event-history.js';
import { EventFilterQuery } from '../history/delivery-filter.dto.js';
import { EventPublisher } from '../recording/event-publisher.js';
import { EventQuota } from '../recording/event-quota.js';

/** Event types that the backend itself emits. */
const OWN_NAMES = /^(entry|media|webhook|delivery)\.|^trigger-test$/;

const dottedName: ValueCheck = (value, property) =>
  EVENT_TYPE_NAME.test(value as string) ? null : `${property} must be a dotted name such as order.shipped`;

const name = allOf(ofType('string'), atMostCharacters(255), identifier);

/** A custom event. */
export class PublishEventBody {
  @Check(allOf(required, ofType('string'), dottedName))
  type!: string;

  @RawJson()
  @Check(allOf(required, ofType('object')))
  data!: JsonObject;

  @Optional()
  @Check(orNull(name))
  model?: string | null;

  @Optional()
  @Check(orNull(name))
  key?: string | null;

  @Optional()
  @Check(orNull(allOf(ofType('string'), (value) => findTenantProblem(value as string))))
  tenant?: string | null;
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

  @Post()
  @Audited('event.publish')
  @HttpCode(202)
  @RequiresScope('events:write')
  async publish(
    @Body() body: PublishEventBody,
    @Headers('idempotency-key') key: string | undefined,
    @CurrentCaller() caller: Caller,
  ): Promise<{ data: { id: string } }> {
    if (OWN_NAMES.test(body.type)) {
      throw RequestValidationError.at(
        ['type'],
        `type must be a name of your own: "${body.type}" is announced by the backend itself`,
        body.type,
      );
    }
    if (key !== undefined && (key === '' || key.length > 255)) {
      throw RequestValidationError.at(
        ['Idempotency-Key'],
        'Idempotency-Key must have 1 to 255 characters',
        key,
      );
    }
    this.refuseMisfit(body);
    const { type, data, model, key: ofThing } = body;
    const tenant = resolveTenant(body.tenant, caller.tenant, null);
    this.quota.take(tenant);
    const event = { type, data, model: model ?? null, key: ofThing ?? null, tenant };
    return { data: { id: await this.publisher.publishOnce(event, key ?? null) } };
  }

  /** @throws {RequestValidationError} when the data does not match the schema of its type, on which receivers rely */
  private refuseMisfit({ type, data }: PublishEventBody): void {
    const issues = this.catalogue.problemsOf(type, data).map(({ path, message }) => ({
      path: ['data', ...path],
      message: `${['data', ...path].join('.')} ${message}`,
      name: 'ValidationError' as const,
      value: path.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], data),
    }));
    if (issues.length > 0) throw new RequestValidationError(issues);
  }
}
