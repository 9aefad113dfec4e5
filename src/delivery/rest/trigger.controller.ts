import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import type { DataSource } from 'typeorm';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { NotFoundError } from '../../http/envelope-error.js';
import { RequiresScope } from '../../auth/scopes.js';
import { WebhookQueries } from '../../webhooks/registrations/webhook-queries.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { InjectDatabase } from '../../host/tokens.js';
import { type TestResult, TestSend } from '../redelivery/test-send.js';

export class TriggerBody {
  /** The event type whose example is sent. Default: Strapi's test body. */
  @IsOptional()
  @IsString({ message: 'event must be an event type' })
  event?: string;
}

/** Sends a test to a webhook, as Strapi does. */
@Controller('admin/webhooks')
export class TriggerController {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly directory: WebhookQueries,
    private readonly registry: WebhookSource,
    private readonly test: TestSend,
  ) {}

  @Post(':id/trigger')
  @Audited('webhook.trigger')
  @HttpCode(200)
  @RequiresScope('webhooks:update')
  async trigger(
    @Param('id') id: string,
    // Not a union type: Nest's pipe would skip the validation.
    @Body() body: TriggerBody,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: TestResult }> {
    await this.directory.get(id, tenant);
    const webhook = await this.registry.find(this.dataSource.manager, id);
    if (!webhook) throw new NotFoundError('webhook.notFound');
    return { data: await this.test.send(webhook, body.event) };
  }
}
