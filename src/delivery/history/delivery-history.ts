import { Injectable } from '@nestjs/common';
import type { DataSource, SelectQueryBuilder } from 'typeorm';
import { NotFoundError } from '../../http/envelope-error.js';
import { ownedBy, type Viewer } from '../../http/tenancy.js';
import { firstIdAt } from '../../time/time-ordered-ids.js';
import { unlessLost } from '../../webhooks/secrets/seal.js';
import { WebhookRegistry } from '../../webhooks/webhook-registry.js';
import { masked } from '../../http/mask.js';
import { AttemptEntity, DeliveryEntity, WebhookBodyEntity } from '../storage/delivery-entities.js';
import {
  type DeliveryDetailView,
  type DeliveryView,
  toAttemptView,
  toDeliveryView,
} from './delivery-view.js';
import type { DeliveryFilterQuery } from './delivery-filter.dto.js';
import { type Page, pageOf, readCursor, readLimit, readTime } from './page.js';
import { InjectDatabase } from '../../database/inject-database.js';

/** Answers "did you send it?": deliveries and their attempts, newest first. */
@Injectable()
export class DeliveryHistory {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly registry: WebhookRegistry,
  ) {}

  async list(filter: DeliveryFilterQuery, viewer: Viewer): Promise<Page<DeliveryView>> {
    const limit = readLimit(filter.limit);
    const query = this.dataSource.manager.createQueryBuilder(DeliveryEntity, 'd');
    narrow(query, filter, viewer);
    const rows = await query
      .orderBy('d.id', 'DESC')
      .limit(limit + 1)
      .getMany();
    return pageOf(rows, limit, toDeliveryView);
  }

  /** @throws {NotFoundError} `delivery.notFound`, also where it is another tenant's */
  async find(id: string, viewer: Viewer): Promise<DeliveryEntity> {
    const delivery = await this.dataSource.manager.findOneBy(DeliveryEntity, { id, ...ownedBy(viewer) });
    if (!delivery) throw new NotFoundError('delivery.notFound');
    return delivery;
  }

  /** @throws {NotFoundError} as {@link find} */
  async detail(id: string, viewer: Viewer): Promise<DeliveryDetailView> {
    const delivery = await this.find(id, viewer);
    const { manager } = this.dataSource;
    const attempts = await manager.find(AttemptEntity, {
      where: { deliveryId: id },
      order: { number: 'ASC' },
    });
    const body = await manager.findOneBy(WebhookBodyEntity, {
      eventId: delivery.eventId,
      rendering: delivery.rendering,
    });
    const views = attempts.map(toAttemptView);
    const last = views.at(-1);
    const webhook = await this.registry.find(manager, delivery.webhookId);
    return {
      ...toDeliveryView(delivery),
      attempts: views,
      request: {
        url: last?.url ?? webhook?.url ?? null,
        // None where no key opens them: the attempt that needs them will say so.
        headers: last?.requestHeaders ?? masked(unlessLost(() => webhook?.headers ?? {}) ?? {}),
        body: body?.body ?? null,
      },
    };
  }
}

function narrow(
  query: SelectQueryBuilder<DeliveryEntity>,
  filter: DeliveryFilterQuery,
  viewer: Viewer,
): void {
  const from = readTime('from', filter.from);
  const to = readTime('to', filter.to);
  const cursor = readCursor(filter.cursor);
  const { webhookId, state, event, statusCode, tenant } = filter;
  if (webhookId !== undefined) query.andWhere('d.webhookId = :webhookId', { webhookId });
  if (state !== undefined) query.andWhere('d.state = :state', { state });
  if (event !== undefined) query.andWhere('d.event = :event', { event });
  if (statusCode !== undefined) query.andWhere('d.lastStatusCode = :status', { status: Number(statusCode) });
  if (tenant !== undefined) query.andWhere('d.tenant = :tenant', { tenant });
  if (viewer !== null) query.andWhere('d.tenant = :viewer', { viewer });
  // Ids begin with the time at which they were made, so that a time is a place in the primary key.
  if (from !== undefined) query.andWhere('d.id >= :from', { from: firstIdAt(from) });
  if (to !== undefined) query.andWhere('d.id < :to', { to: firstIdAt(to) });
  if (cursor !== undefined) query.andWhere('d.id < :cursor', { cursor });
}
