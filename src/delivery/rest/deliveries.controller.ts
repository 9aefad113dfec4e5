import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import type { CursorPage } from '../../http/pagination.js';
import { FilterBody } from '../history/recovery.dto.js';
import { DeliveryFilterQuery } from '../history/delivery-filter.dto.js';
import type { DeliveryDetailView, DeliveryView } from '../history/delivery-view.js';
import { DeliveryCalls, type DeliveryCount } from './delivery-calls.js';

/** Lists deliveries, and redelivers or cancels one. */
@Controller('admin')
export class DeliveriesController {
  constructor(private readonly calls: DeliveryCalls) {}

  @Get('deliveries')
  @RequiresScope('deliveries:read')
  async list(
    @Query() filter: DeliveryFilterQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<CursorPage<DeliveryView>> {
    return this.calls.list(filter, caller, 'may-be-behind');
  }

  @Get('webhooks/:id/deliveries')
  @RequiresScope('deliveries:read')
  async ofWebhook(
    @Param('id') id: string,
    @Query() filter: DeliveryFilterQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<CursorPage<DeliveryView>> {
    return this.calls.listOfWebhook(id, filter, caller, 'may-be-behind');
  }

  /** A read with POST, because the filter may be too long for a URL. */
  @Post('deliveries/count')
  @HttpCode(200)
  @RequiresScope('deliveries:read')
  async count(
    @Body() { filter }: FilterBody,
    @CurrentCaller() caller: Caller,
  ): Promise<{ data: DeliveryCount }> {
    return { data: await this.calls.count(filter, caller) };
  }

  @Get('deliveries/:id')
  @RequiresScope('deliveries:read')
  async detail(
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<{ data: DeliveryDetailView }> {
    return { data: await this.calls.get(id, caller, 'may-be-behind') };
  }

  @Post('deliveries/:id/redeliver')
  @Audited('delivery.redeliver')
  @HttpCode(202)
  @RequiresScope('deliveries:write')
  async redeliver(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<{ data: DeliveryView }> {
    return { data: await this.calls.redeliver(id, caller) };
  }

  @Post('deliveries/:id/cancel')
  @Audited('delivery.cancel')
  @HttpCode(200)
  @RequiresScope('deliveries:write')
  async cancel(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<{ data: DeliveryView }> {
    return { data: await this.calls.cancel(id, caller) };
  }
}
