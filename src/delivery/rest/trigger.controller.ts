import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import type { TestResult } from '../redelivery/test-send.js';
import { DeliveryCalls } from './delivery-calls.js';

export class TriggerBody {
  /** The event type whose example is sent. Default: Strapi's test body. */
  @IsOptional()
  @IsString({ message: 'event must be an event type' })
  event?: string;
}

/** Sends a test to a webhook, as Strapi does. */
@Controller('admin/webhooks')
export class TriggerController {
  constructor(private readonly calls: DeliveryCalls) {}

  @Post(':id/trigger')
  @Audited('webhook.trigger')
  @HttpCode(200)
  @RequiresScope('webhooks:update')
  async trigger(
    @Param('id') id: string,
    // Not a union type: Nest's pipe would skip the validation.
    @Body() body: TriggerBody,
    @CurrentCaller() caller: Caller,
  ): Promise<{ data: TestResult }> {
    return { data: await this.calls.sendTest(id, body.event, caller) };
  }
}
