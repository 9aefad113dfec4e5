import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { WebhookDeleted, WebhookDisabled } from '../../events/webhook-signals.js';
import { EndDeliveries } from '../outcomes/end-deliveries.js';

/**
 * Ends what is pending for a webhook as soon as it is disabled or deleted. A worker that finds such deliveries ends
 * them too, so that a lost signal costs a second and nothing else.
 */
@Injectable()
export class WebhookSignalsListener {
  constructor(private readonly ending: EndDeliveries) {}

  @OnEvent(WebhookDisabled.signal, { suppressErrors: false })
  async onDisabled({ webhookId }: WebhookDisabled): Promise<void> {
    await this.ending.ofWebhook(webhookId, 'webhook-disabled');
  }

  @OnEvent(WebhookDeleted.signal, { suppressErrors: false })
  async onDeleted({ webhookId }: WebhookDeleted): Promise<void> {
    await this.ending.ofWebhook(webhookId, 'webhook-deleted');
  }
}
