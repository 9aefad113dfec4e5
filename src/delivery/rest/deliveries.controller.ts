import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { WebhookQueries } from '../../webhooks/registrations/webhook-queries.js';
import type { CursorPage } from '../../http/pagination.js';
import { ManualDeliveries } from '../redelivery/manual-deliveries.js';
import { FilterBody } from '../history/recovery.dto.js';
import { DeliveryFilterQuery } from '../history/delivery-filter.dto.js';
import { DeliveryHistory } from '../history/delivery-history.js';
import { type DeliveryDetailView, type DeliveryView, toDeliveryView } from '../history/delivery-view.js';

/** Lists deliveries, and redelivers or cancels one. */
@Controller('admin')
export class DeliveriesController {
  constructor(
    private readonly history: DeliveryHistory,
    private readonly manual: ManualDeliveries,
    private readonly webhooks: WebhookQueries,
  ) {}

  @Get('deliveries')
  @RequiresScope('deliveries:read')
  async list(
    @Query() filter: DeliveryFilterQuery,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<CursorPage<DeliveryView>> {
    return this.history.list(filter, tenant);
  }

  @Get('webhooks/:id/deliveries')
  @RequiresScope('deliveries:read')
  async ofWebhook(
    @Param('id') id: string,
    @Query() filter: DeliveryFilterQuery,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<CursorPage<DeliveryView>> {
    const page = await this.history.list({ ...filter, webhookId: id }, tenant);
    // An empty page of a webhook that never existed is a 404. The history of a deleted webhook stays readable.
    if (page.data.length === 0) await this.webhooks.get(id, tenant);
    return page;
  }

  /** A read with POST, because the filter may be too long for a URL. */
  @Post('deliveries/count')
  @HttpCode(200)
  @RequiresScope('deliveries:read')
  async count(
    @Body() { filter }: FilterBody,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: { matched: number; capped: boolean } }> {
    return { data: await this.history.count(filter, tenant) };
  }

  @Get('deliveries/:id')
  @RequiresScope('deliveries:read')
  async detail(
    @Param('id') id: string,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: DeliveryDetailView }> {
    return { data: await this.history.findDetail(id, tenant) };
  }

  @Post('deliveries/:id/redeliver')
  @Audited('delivery.redeliver')
  @HttpCode(202)
  @RequiresScope('deliveries:write')
  async redeliver(
    @Param('id') id: string,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: DeliveryView }> {
    const delivery = await this.history.find(id, tenant);
    await this.manual.redeliver(delivery);
    return { data: toDeliveryView(delivery) };
  }

  @Post('deliveries/:id/cancel')
  @Audited('delivery.cancel')
  @HttpCode(200)
  @RequiresScope('deliveries:write')
  async cancel(
    @Param('id') id: string,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: DeliveryView }> {
    await this.manual.cancel(await this.history.find(id, tenant));
    return { data: toDeliveryView(await this.history.find(id, tenant)) };
  }
}
