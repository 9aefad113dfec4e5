import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { InjectDatabase } from '../../host/tokens.js';
import { Clock } from '../../host/clock.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { keepFirstInLine } from '../model/due-deliveries.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { retryAfterMs } from '../retry/retry-after.js';
import type { AttemptEntity, DeliveryEntity } from '../model/delivery-entities.js';

/** What is known of a pending delivery, its webhook and sending as a whole. Times are epoch milliseconds. */
export interface Circumstances {
  now: number;
  sendingPaused: boolean;
  /** Until when a worker holds it; null: none does. */
  heldUntil: number | null;
  /** Null: it was deleted. */
  webhook: {
    isEnabled: boolean;
    awaitsConsent: boolean;
    isBreakerOpen: boolean;
    pausedUntil: number | null;
    /** Requests a second; null: no limit. */
    rateLimit: number | null;
  } | null;
  /** Whether the receiver's last answer said when to come again. */
  wasAskedToWait: boolean;
  /** Whether an earlier event of the same thing has not been dealt with. */
  isBehindAnother: boolean;
  /** How many retries of the schedule have been used with the next one; 0: it is the first attempt. */
  retry: number;
  /** Seconds before each retry. */
  schedule: readonly number[];
  /** How much later a retry may come, as a share of its delay. */
  jitter: number;
  nextAttemptAt: number | null;
}

/** Why a pending delivery's next attempt is when it is, in words. */
export function whyThen(known: Circumstances): string {
  const { now, webhook, heldUntil, nextAttemptAt } = known;
  if (heldUntil !== null && heldUntil > now) return 'an attempt is being made';
  if (webhook === null) return 'the webhook was deleted, and the delivery is about to be ended';
  if (!webhook.isEnabled) return 'the webhook is disabled, and the delivery is about to be ended';
  if (known.sendingPaused) return 'sending is paused as a whole';
  if (webhook.awaitsConsent) return 'the receiver has not consented yet';
  const { pausedUntil } = webhook;
  if (webhook.isBreakerOpen) {
    const until = pausedUntil !== null && pausedUntil > now ? ` until ${iso(pausedUntil)}` : '';
    return `the webhook's breaker is open${until}, because too many of its attempts failed; one attempt goes first`;
  }
  if (pausedUntil !== null && pausedUntil > now) {
    return `paused until ${iso(pausedUntil)} because the receiver asked${known.wasAskedToWait ? ' (Retry-After)' : ''}`;
  }
  if (known.isBehindAnother) return 'waits for an earlier event of the same thing';
  if (nextAttemptAt !== null && nextAttemptAt > now) return whyLater(known);
  return webhook.rateLimit === null
    ? 'due, and sent as soon as there is room'
    : `due, and sent in its turn: the webhook takes ${webhook.rateLimit} a second`;
}

function whyLater({ retry, schedule, jitter, wasAskedToWait }: Circumstances): string {
  const seconds = schedule[retry - 1];
  if (retry === 0 || seconds === undefined) return 'due at that time';
  const which = `retry ${retry} of ${schedule.length}`;
  if (wasAskedToWait) return `${which}, not before the receiver asked for it (Retry-After)`;
  const later = jitter > 0 ? `, up to ${Math.round(jitter * 100)} % later` : '';
  return `${which}, ${durationOf(seconds)} after the failure${later}`;
}

const UNITS: readonly [string, number][] = [
  ['h', 3_600],
  ['min', 60],
];

function durationOf(seconds: number): string {
  for (const [unit, length] of UNITS) {
    if (seconds >= length && seconds % (length / 2) === 0) return `${seconds / length} ${unit}`;
  }
  return `${seconds} s`;
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Tells why a pending delivery's next attempt is when it is. */
@Injectable()
export class WhyPending {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly registry: WebhookSource,
    private readonly clock: Clock,
  ) {}

  async of(
    delivery: DeliveryEntity,
    webhook: DeliverableWebhook | null,
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
      isBehindAnother: isOrdered && (await keepFirstInLine(manager, [delivery.id])).length === 0,
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
