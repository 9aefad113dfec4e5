import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { InjectDatabase } from '../../host/tokens.js';
import { Clock } from '../../host/clock.js';
import type { RegisteredWebhook } from '../../webhooks/registered-webhook.js';
import { WebhookHealthEntity } from '../../webhooks/webhook-health.entity.js';
import { WebhookRegistry } from '../../webhooks/webhook-registry.js';
import { firstInLine } from '../model/candidates.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { retryAfterMs } from '../retry/retry-after.js';
import type { AttemptEntity, DeliveryEntity } from '../model/delivery-entities.js';
import { whyThen } from './why-then.js';

/** Tells why a pending delivery's next attempt is when it is. */
@Injectable()
export class WhyPending {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly registry: WebhookRegistry,
    private readonly clock: Clock,
  ) {}

  async of(
    delivery: DeliveryEntity,
    webhook: RegisteredWebhook | null,
    last: AttemptEntity | null,
  ): Promise<string> {
    const { manager } = this.dataSource;
    const health = await manager.findOneBy(WebhookHealthEntity, { webhookId: delivery.webhookId });
    const { sendingPaused } = await this.registry.state(manager);
    const isOrdered = delivery.orderLane !== null;
    return whyThen({
      now: this.clock.now(),
      sendingPaused,
      heldUntil: delivery.leaseToken === null ? null : delivery.dueAt,
      webhook: webhook && {
        isEnabled: webhook.isEnabled,
        awaitsConsent: webhook.awaitsConsent,
        isBreakerOpen: health !== null && health.breaker !== 'closed',
        pausedUntil: health?.pausedUntil ?? null,
        rateLimit: webhook.rateLimit,
      },
      wasAskedToWait: last !== null && askedToWait(last),
      isBehindAnother: isOrdered && (await firstInLine(manager, [delivery.id])).length === 0,
      retry: delivery.schedulePosition,
      schedule: webhook?.retrySchedule ?? this.options.retrySchedule,
      jitter: this.options.retryJitter,
      nextAttemptAt: delivery.nextAttemptAt,
    });
  }
}

function askedToWait({ responseHeaders, startedAt, durationMs }: AttemptEntity): boolean {
  if (responseHeaders === null) return false;
  const headers = JSON.parse(responseHeaders) as Record<string, string>;
  return (retryAfterMs(headers['retry-after'], startedAt + durationMs) ?? 0) > 0;
}
