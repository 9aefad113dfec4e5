import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { WebhookChanged } from '../../events/webhook-signals.js';
import { Clock } from '../../host/clock.js';
import { WebhookEntity } from '../model/webhook.entity.js';
import { WebhookTransactions } from './webhook-transactions.js';

/** Suspends filters whose evaluations have to be stopped. */
@Injectable()
export class FilterSuspensions {
  constructor(
    private readonly transactions: WebhookTransactions,
    private readonly clock: Clock,
  ) {}

  /**
   * Suspends the filter of a webhook until the webhook is saved again: meanwhile its events go out as without a filter.
   *
   * @param savedAt when the judged filter was saved: a webhook that was saved since is left alone
   */
  async suspend(webhookId: string, savedAt: number): Promise<void> {
    await this.transactions.run(async (manager) => {
      await manager.update(
        WebhookEntity,
        { id: webhookId, updatedAt: savedAt, filterSuspendedAt: IsNull() },
        { filterSuspendedAt: this.clock.now() },
      );
      return { answer: undefined, signals: [new WebhookChanged(webhookId)] };
    });
  }
}
