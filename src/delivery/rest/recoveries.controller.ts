import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { type StartedRecovery, Recoveries } from '../recovery/recoveries.js';
import { type RecoveryView, toRecoveryView } from '../recovery/recovery-view.js';
import { FilterBody, RecoverBody } from '../history/recovery.dto.js';
import { DeliveryCalls } from './delivery-calls.js';

/** Redelivers, recovers or cancels many deliveries at a time. */
@Controller('admin')
export class RecoveriesController {
  constructor(
    private readonly recoveries: Recoveries,
    private readonly deliveries: DeliveryCalls,
  ) {}

  @Post('deliveries/redeliver')
  @Audited('deliveries.redeliver')
  @HttpCode(202)
  @RequiresScope('deliveries:write')
  async redeliver(
    @Body() { filter }: FilterBody,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: StartedRecovery }> {
    return { data: await this.recoveries.redeliver(filter, tenant) };
  }

  @Post('webhooks/:id/recover')
  @Audited('webhook.recover')
  @HttpCode(202)
  @RequiresScope('deliveries:write')
  async recover(
    @Param('id') id: string,
    @Body() body: RecoverBody,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: StartedRecovery }> {
    return { data: await this.recoveries.recover(id, body, tenant) };
  }

  @Get('recoveries/:id')
  @RequiresScope('deliveries:read')
  async progress(
    @Param('id') id: string,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: RecoveryView }> {
    return { data: toRecoveryView(await this.recoveries.find(id, tenant)) };
  }

  @Post('deliveries/cancel')
  @Audited('deliveries.cancel')
  @HttpCode(200)
  @RequiresScope('deliveries:write')
  async cancel(
    @Body() { filter }: FilterBody,
    @CurrentCaller() caller: Caller,
  ): Promise<{ data: { cancelled: number } }> {
    return { data: { cancelled: await this.deliveries.cancelMany(filter, caller) } };
  }
}
