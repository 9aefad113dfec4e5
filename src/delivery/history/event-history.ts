import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { JsonObject } from '../../events/json.js';
import { NotFoundError } from '../../http/envelope-error.js';
import { restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import { ClockSteps } from '../../database/clock-steps.js';
import { type Freshness, ReadReplica } from '../../database/read-replica.js';
import { firstIdAt } from '../../host/time-ordered-ids.js';
import type { EventContext } from '../../events/document-node.js';
import type { RecordedEvent } from '../../webhooks/formats/recorded-event.js';
import {
  type CursorPage,
  readCursor,
  readLimit,
  readTime,
  tellBehind,
  toCursorPage,
} from '../../http/pagination.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import type { EventFilterQuery } from './delivery-filter.dto.js';

/** A recorded event as the API shows it. */
export interface EventView {
  id: string;
  type: string;
  model: string | null;
  uid: string | null;
  key: string | null;
  tenant: string | null;
  createdAt: string;
  /** When and by which erasure its data was erased; null: it was not. */
  erased: { at: string; by: string } | null;
}

/** A recorded event with its data. */
export interface EventDetailView extends EventView {
  data: JsonObject;
}

/** Reads the recorded events, newest first, by keyset pagination. A viewer with a tenant sees none of a hidden type. */
@Injectable()
export class EventHistory {
  constructor(
    private readonly steps: ClockSteps,
    private readonly replica: ReadReplica,
    @Inject(DELIVERY_OPTIONS) private readonly options: Pick<DeliveryOptions, 'hiddenEvents'>,
  ) {}

  async list(
    filter: EventFilterQuery,
    viewer: Viewer,
    freshness: Freshness = 'current',
  ): Promise<CursorPage<EventView>> {
    const limit = readLimit(filter.limit);
    const { value, secondsBehind } = await this.replica.read(freshness, (manager) =>
      this.readRows(manager, filter, viewer, limit + 1),
    );
    return tellBehind({ value: toCursorPage(value, limit, toEventView), secondsBehind });
  }

  private async readRows(
    manager: EntityManager,
    filter: EventFilterQuery,
    viewer: Viewer,
    most: number,
  ): Promise<WebhookEventEntity[]> {
    const from = readTime('from', filter.from);
    const to = readTime('to', filter.to);
    const cursor = readCursor(filter.cursor);
    const query = manager
      .createQueryBuilder(WebhookEventEntity, 'e')
      .select([
        'e.id',
        'e.type',
        'e.model',
        'e.uid',
        'e.key',
        'e.tenant',
        'e.createdAt',
        'e.erasedAt',
        'e.erasureId',
      ]);
    if (filter.type !== undefined) query.andWhere('e.type = :type', { type: filter.type });
    if (filter.tenant !== undefined) query.andWhere('e.tenant = :tenant', { tenant: filter.tenant });
    if (viewer !== null) query.andWhere('e.tenant = :viewer', { viewer });
    // The ids bound what is read, the recorded time decides.
    if (from !== undefined) {
      query.andWhere('e.id >= :first AND e.createdAt >= :from', { first: firstIdAt(from), from });
    }
    if (to !== undefined) {
      query.andWhere('e.id < :last AND e.createdAt < :to', { last: this.steps.idsBefore(to), to });
    }
    if (cursor !== undefined) query.andWhere('e.id < :cursor', { cursor });
    const hidden = this.listHidden(viewer);
    if (hidden.length > 0) query.andWhere('e.type NOT IN (:...hidden)', { hidden });
    return query.orderBy('e.id', 'DESC').limit(most).getMany();
  }

  /** @throws {NotFoundError} `event.notFound`, also for an event of another tenant */
  async findDetail(id: string, viewer: Viewer, freshness: Freshness = 'current'): Promise<EventDetailView> {
    const event = await this.findOrThrow(id, viewer, freshness);
    return { ...toEventView(event), data: JSON.parse(event.snapshot) as JsonObject };
  }

  /**
   * Finds an event in the form that filters and formats read.
   *
   * @throws {NotFoundError} as {@link findDetail}
   */
  async findRecorded(id: string, viewer: Viewer, freshness: Freshness = 'current'): Promise<RecordedEvent> {
    const { snapshot, context, type, model, uid, key, tenant, createdAt } = await this.findOrThrow(
      id,
      viewer,
      freshness,
    );
    const data = JSON.parse(snapshot) as JsonObject;
    const recorded: RecordedEvent = { id, type, model, uid, key, tenant, data, createdAt };
    return context === null ? recorded : { ...recorded, context: JSON.parse(context) as EventContext };
  }

  private async findOrThrow(id: string, viewer: Viewer, freshness: Freshness): Promise<WebhookEventEntity> {
    const event = await this.replica.find(freshness, (manager) =>
      manager.findOneBy(WebhookEventEntity, { id, ...restrictToTenant(viewer) }),
    );
    if (!event || this.listHidden(viewer).includes(event.type)) throw new NotFoundError('event.notFound');
    return event;
  }

  private listHidden(viewer: Viewer): readonly string[] {
    return viewer === null ? [] : this.options.hiddenEvents;
  }
}

function toEventView(event: WebhookEventEntity): EventView {
  const { id, type, model, uid, key, tenant, createdAt, erasedAt, erasureId } = event;
  const erased = erasedAt === null ? null : { at: new Date(erasedAt).toISOString(), by: erasureId ?? '' };
  return { id, type, model, uid, key, tenant, createdAt: new Date(createdAt).toISOString(), erased };
}
