import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { WebhookDeleted, WebhookDisabled, WebhookSecretRotated } from '../../events/webhook-signals.js';
import { WebhookCache } from '../fan-out/webhook-cache.js';
import { EndDeliveries } from '../outcomes/end-deliveries.js';

/**
 * Ends what is pending for a webhook as soon as it is disabled or deleted. A worker that finds such deliveries ends
 * them too, so that a lost signal costs a second and nothing else.
 */
@Injectable()
export class WebhookSignalsListener {
  constructor(
    private readonly ending: EndDeliveries,
    private readonly webhooks: WebhookCache,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {}

  /** Whoever rotates a secret has it only when every request that leaves here from now on is signed with it. */
  @OnEvent(WebhookSecretRotated.signal, { suppressErrors: false })
  async onRotated(): Promise<void> {
    await this.webhooks.current(this.dataSource.manager);
  }

  @OnEvent(WebhookDisabled.signal, { suppressErrors: false })
  async onDisabled({ webhookId }: WebhookDisabled): Promise<void> {
    await this.ending.ofWebhook(webhookId, 'webhook-disabled');
  }

  @OnEvent(WebhookDeleted.signal, { suppressErrors: false })
  async onDeleted({ webhookId }: WebhookDeleted): Promise<void> {
    await this.ending.ofWebhook(webhookId, 'webhook-deleted');
  }
}
