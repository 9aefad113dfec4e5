import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { InjectDatabase } from '../../host/tokens.js';
import { Clock } from '../../host/clock.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import { WebhookSource } from '../../webhooks/webhook-source.js';
import { keepFirstInLine } from '../model/due-deliveries.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { parseRetryAfter } from '../retry/retry-after.js';
import type { AttemptEntity, DeliveryEntity } from '../model/delivery-entities.js';

/** The facts about a pending delivery, its webhook and the global pause. Times are epoch milliseconds. */
export interface PendingFacts {
  now: number;
  sendingPaused: boolean;
  /** When the lease of the worker that sends it ends; null: it is not leased. */
  heldUntil: number | null;
  /** Null: the webhook was deleted. */
  webhook: {
    isEnabled: boolean;
    awaitsConsent: boolean;
    hasLostKey: boolean;
    isBreakerOpen: boolean;
    pausedUntil: number | null;
    /** Requests a second; null: no limit. */
    rateLimit: number | null;
  } | null;
  /** Whether the last answer had a Retry-After. */
  wasAskedToWait: boolean;
  /** Whether an earlier delivery of the same order key is still pending. */
  isBehindAnother: boolean;
  /** Which retry of the schedule the next attempt is, counted from 1; 0: it is the first attempt. */
  retry: number;
  /** Seconds before each retry. */
  schedule: readonly number[];
  /** How much later a retry may come, as a share of its delay. */
  jitter: number;
  nextAttemptAt: number | null;
}

/** Explains the time of a pending delivery's next attempt in a sentence. */
export function explainNextAttempt(known: PendingFacts): string {
  const { now, webhook, heldUntil, nextAttemptAt } = known;
  if (heldUntil !== null && heldUntil > now) return 'an attempt is being made';
  if (webhook === null) return 'the webhook was deleted, and the delivery is about to be ended';
  if (!webhook.isEnabled) return 'the webhook is disabled, and the delivery is about to be ended';
  if (known.sendingPaused) return 'sending is paused as a whole';
  if (webhook.awaitsConsent) return 'the receiver has not consented yet';
  if (webhook.hasLostKey) return 'no key of this instance (SECRETS_KEY) opens the secrets of the webhook';
  const { pausedUntil } = webhook;
  if (webhook.isBreakerOpen) {
    const until = pausedUntil !== null && pausedUntil > now ? ` until ${toIso(pausedUntil)}` : '';
    return `the webhook's breaker is open${until}, because too many of its attempts failed; one attempt goes first`;
  }
  if (pausedUntil !== null && pausedUntil > now) {
    return `paused until ${toIso(pausedUntil)} because the receiver asked${known.wasAskedToWait ? ' (Retry-After)' : ''}`;
  }
  if (known.isBehindAnother) return 'waits for an earlier event of the same thing';
  if (nextAttemptAt !== null && nextAttemptAt > now) return explainDelay(known);
  return webhook.rateLimit === null
    ? 'due, and sent as soon as there is room'
    : `due, and sent in its turn: the webhook takes ${webhook.rateLimit} a second`;
}

function explainDelay({ retry, schedule, jitter, wasAskedToWait }: PendingFacts): string {
  const seconds = schedule[retry - 1];
  if (retry === 0 || seconds === undefined) return 'due at that time';
  const which = `retry ${retry} of ${schedule.length}`;
  if (wasAskedToWait) return `${which}, not before the receiver asked for it (Retry-After)`;
  const later = jitter > 0 ? `, up to ${Math.round(jitter * 100)} % later` : '';
  return `${which}, ${formatDuration(seconds)} after the failure${later}`;
}

const UNITS: readonly [string, number][] = [
  ['h', 3_600],
  ['min', 60],
];

function formatDuration(seconds: number): string {
  for (const [unit, length] of UNITS) {
    if (seconds >= length && seconds % (length / 2) === 0) return `${seconds / length} ${unit}`;
  }
  return `${seconds} s`;
}

function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Collects the {@link PendingFacts} of a delivery and explains the time of its next attempt. */
@Injectable()
export class NextAttemptExplainer {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly registry: WebhookSource,
    private readonly clock: Clock,
  ) {}

  async explain(
    delivery: DeliveryEntity,
    webhook: DeliverableWebhook | null,
    last: AttemptEntity | null,
  ): Promise<string> {
    const { manager } = this.dataSource;
    const health = await manager.findOneBy(WebhookHealthEntity, { webhookId: delivery.webhookId });
    const { sendingPaused } = await this.registry.state(manager);
    const isOrdered = delivery.orderLane !== null;
    return explainNextAttempt({
      now: this.clock.now(),
      sendingPaused,
      heldUntil: delivery.leaseToken === null ? null : delivery.dueAt,
      webhook: webhook && {
        isEnabled: webhook.isEnabled,
        awaitsConsent: webhook.awaitsConsent,
        hasLostKey: webhook.hasLostKey,
        isBreakerOpen: health !== null && health.breaker !== 'closed',
        pausedUntil: health?.pausedUntil ?? null,
        rateLimit: webhook.rateLimit,
      },
      wasAskedToWait: last !== null && hasAskedToWait(last),
      isBehindAnother: isOrdered && (await keepFirstInLine(manager, [delivery.id])).length === 0,
      retry: delivery.schedulePosition,
      schedule: webhook?.retrySchedule ?? this.options.retrySchedule,
      jitter: this.options.retryJitter,
      nextAttemptAt: delivery.nextAttemptAt,
    });
  }
}

function hasAskedToWait({ responseHeaders, startedAt, durationMs }: AttemptEntity): boolean {
  if (responseHeaders === null) return false;
  const headers = JSON.parse(responseHeaders) as Record<string, string>;
  return (parseRetryAfter(headers['retry-after'], startedAt + durationMs) ?? 0) > 0;
}
