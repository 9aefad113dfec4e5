import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { ForbiddenError } from '../../http/envelope-error.js';
import { RequiresScope } from '../../auth/scopes.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { InjectDatabase } from '../../host/tokens.js';
import { DeliveryWorker } from '../worker/delivery-worker.js';

interface SendingAnswer {
  data: { paused: boolean };
}

/** Pauses and resumes sending for the whole deployment. Instances stop within a second; events are still recorded. */
@Controller('admin/sending')
export class SendingController {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly registry: WebhookSource,
    private readonly worker: DeliveryWorker,
  ) {}

  @Get()
  @RequiresScope('deliveries:read')
  async state(): Promise<SendingAnswer> {
    const { sendingPaused } = await this.registry.state(this.dataSource.manager);
    return { data: { paused: sendingPaused } };
  }

  @Post('pause')
  @Audited('sending.pause')
  @HttpCode(200)
  @RequiresScope('deliveries:write')
  async pause(@CurrentCaller() caller: Caller): Promise<SendingAnswer> {
    return this.set(true, caller);
  }

  @Post('resume')
  @Audited('sending.resume')
  @HttpCode(200)
  @RequiresScope('deliveries:write')
  async resume(@CurrentCaller() caller: Caller): Promise<SendingAnswer> {
    return this.set(false, caller);
  }

  /** @throws {ForbiddenError} for a token of one tenant, because the pause affects every tenant */
  private async set(paused: boolean, caller: Caller): Promise<SendingAnswer> {
    if (caller.tenant !== null) {
      throw new ForbiddenError(
        'Sending as a whole belongs to everyone: a token of one tenant cannot pause it.',
      );
    }
    await this.registry.setSendingPaused(this.dataSource.manager, paused);
    if (paused) await this.worker.recall();
    this.worker.notify();
    return { data: { paused } };
  }
}
