import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import type { Freshness } from '../../database/read-replica.js';
import { InjectDatabase } from '../../host/tokens.js';
import { NotFoundError } from '../../http/envelope-error.js';
import type { CursorPage } from '../../http/pagination.js';
import { WebhookQueries } from '../../webhooks/registrations/webhook-queries.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import type { DeliveryFilterQuery } from '../history/delivery-filter.dto.js';
import { DeliveryHistory } from '../history/delivery-history.js';
import { type DeliveryDetailView, type DeliveryView, toDeliveryView } from '../history/delivery-view.js';
import type { DeliveriesFilter } from '../history/recovery.dto.js';
import { DeliveryCanceller } from '../recovery/delivery-canceller.js';
import { ManualDeliveries } from '../redelivery/manual-deliveries.js';
import { type TestResult, TestSend } from '../redelivery/test-send.js';

/** How many deliveries match a filter; `capped`: there are, or may be, more. */
export interface DeliveryCount {
  matched: number;
  capped: boolean;
}

/** What a caller may do with deliveries, as the routes and the service API answer it. */
@Injectable()
export class DeliveryCalls {
  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly history: DeliveryHistory,
    private readonly manual: ManualDeliveries,
    private readonly canceller: DeliveryCanceller,
    private readonly test: TestSend,
    private readonly webhooks: WebhookQueries,
    private readonly registry: WebhookSource,
  ) {}

  /** Reads a page of the caller's deliveries, newest first. */
  async list(
    filter: DeliveryFilterQuery,
    { tenant }: Caller,
    freshness: Freshness = 'current',
  ): Promise<CursorPage<DeliveryView>> {
    return this.history.list(filter, tenant, freshness);
  }

  /** As {@link list}, of one webhook. @throws {NotFoundError} `webhook.notFound` for one that never existed */
  async listOfWebhook(
    id: string,
    filter: DeliveryFilterQuery,
    { tenant }: Caller,
    freshness: Freshness = 'current',
  ): Promise<CursorPage<DeliveryView>> {
    const page = await this.history.list({ ...filter, webhookId: id }, tenant, freshness);
    // The history of a deleted webhook stays readable.
    if (page.data.length === 0) await this.webhooks.get(id, tenant);
    return page;
  }

  async count(filter: DeliveriesFilter, { tenant }: Caller): Promise<DeliveryCount> {
    return this.history.count(filter, tenant);
  }

  /** @throws {NotFoundError} `delivery.notFound`, also for a delivery of another tenant */
  async get(id: string, { tenant }: Caller, freshness: Freshness = 'current'): Promise<DeliveryDetailView> {
    return this.history.findDetail(id, tenant, freshness);
  }

  /** Has one attempt made now. @returns the delivery as it was */
  async redeliver(id: string, { tenant }: Caller): Promise<DeliveryView> {
    const delivery = await this.history.find(id, tenant);
    await this.manual.redeliver(delivery);
    return toDeliveryView(delivery);
  }

  /** Ends a pending delivery. */
  async cancel(id: string, { tenant }: Caller): Promise<DeliveryView> {
    await this.manual.cancel(await this.history.find(id, tenant));
    return toDeliveryView(await this.history.find(id, tenant));
  }

  /** Ends the pending deliveries that match. @returns how many */
  async cancelMany(filter: DeliveriesFilter, { tenant }: Caller): Promise<number> {
    return this.canceller.cancel(filter, tenant);
  }

  /**
   * Sends a test to a webhook, enabled or not.
   *
   * @param type an event type whose example is sent; undefined: Strapi's test body
   * @throws {NotFoundError} `webhook.notFound` @throws {RequestValidationError} for an unknown type
   */
  async sendTest(webhookId: string, type: string | undefined, { tenant }: Caller): Promise<TestResult> {
    await this.webhooks.get(webhookId, tenant);
    const webhook = await this.registry.find(this.dataSource.manager, webhookId);
    if (!webhook) throw new NotFoundError('webhook.notFound');
    return this.test.send(webhook, type);
  }
}
