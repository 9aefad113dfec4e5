import type { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import type { HealthPolicy } from '../options/health-policy.js';

/** What happened at a webhook since its health was written last. */
export interface HealthDelta {
  successes: number;
  failures: number;
  /** Failures after the last success of these. */
  trailingFailures: number;
  lastSuccessAt: number | null;
  firstFailureAt: number | null;
  exhausted: number;
  /** The receiver asked to be left alone until then; null: it did not. */
  pauseUntil: number | null;
}

/** A webhook's health before anything was sent. */
export function newHealth(webhookId: string): WebhookHealthEntity {
  return {
    webhookId,
    lastSuccessAt: null,
    consecutiveFailures: 0,
    pausedUntil: null,
    breaker: 'closed',
    timesOpened: 0,
    windowStartedAt: null,
    windowAttempts: 0,
    windowFailures: 0,
    failingSince: null,
    exhaustedCount: 0,
    rateTokens: null,
    rateTokensAt: null,
    filteredCount: 0,
    lastFilteredAt: null,
    filterErrors: 0,
  };
}

/**
 * A webhook's health after some attempts.
 *
 * @param now epoch milliseconds
 */
export function nextHealth(
  before: WebhookHealthEntity,
  delta: HealthDelta,
  now: number,
  { breaker }: HealthPolicy,
): WebhookHealthEntity {
  const health = { ...before };
  countRun(health, delta);
  countWindow(health, delta, now, breaker.windowMs);
  const pause = Math.max(delta.pauseUntil ?? 0, health.pausedUntil ?? 0);
  health.pausedUntil = pause > now ? pause : null;

  if (before.breaker === 'half-open' && delta.successes > 0) {
    close(health, delta.pauseUntil);
  } else if (before.breaker === 'half-open' && delta.failures > 0) {
    open(health, now, breaker);
  } else if (before.breaker === 'closed' && tooManyFailed(health, breaker)) {
    open(health, now, breaker);
  } else if (before.breaker !== 'closed') {
    // Requests that were out when it opened decide nothing; its pause has run out only when a probe may go.
    health.pausedUntil = Math.max(pause, before.pausedUntil ?? 0);
  }
  return health;
}

/** Whether the policy gives the webhook up. */
export function isGivenUp(health: WebhookHealthEntity, now: number, { disable }: HealthPolicy): boolean {
  const since = health.lastSuccessAt ?? health.failingSince;
  return (
    health.failingSince !== null &&
    since !== null &&
    health.exhaustedCount >= disable.afterExhausted &&
    now - since >= disable.afterMs
  );
}

function countRun(health: WebhookHealthEntity, delta: HealthDelta): void {
  if (delta.successes > 0) {
    health.lastSuccessAt = Math.max(health.lastSuccessAt ?? 0, delta.lastSuccessAt ?? 0);
    health.consecutiveFailures = delta.trailingFailures;
    health.failingSince = delta.trailingFailures > 0 ? delta.firstFailureAt : null;
    health.exhaustedCount = delta.trailingFailures > 0 ? delta.exhausted : 0;
    return;
  }
  health.consecutiveFailures += delta.failures;
  health.exhaustedCount += delta.exhausted;
  if (delta.failures > 0) health.failingSince ??= delta.firstFailureAt;
}

function countWindow(health: WebhookHealthEntity, delta: HealthDelta, now: number, windowMs: number): void {
  if (health.windowStartedAt === null || now - health.windowStartedAt >= windowMs) {
    health.windowStartedAt = now;
    health.windowAttempts = 0;
    health.windowFailures = 0;
  }
  health.windowAttempts += delta.successes + delta.failures;
  health.windowFailures += delta.failures;
}

function tooManyFailed(health: WebhookHealthEntity, breaker: HealthPolicy['breaker']): boolean {
  return (
    health.windowAttempts >= breaker.leastAttempts &&
    health.windowFailures / health.windowAttempts >= breaker.failureShare
  );
}

function open(health: WebhookHealthEntity, now: number, breaker: HealthPolicy['breaker']): void {
  const openMs = Math.min(breaker.openMs * 2 ** health.timesOpened, breaker.longestOpenMs);
  health.breaker = 'open';
  health.timesOpened += 1;
  health.pausedUntil = Math.max(health.pausedUntil ?? 0, now + openMs);
  health.windowStartedAt = null;
  health.windowAttempts = 0;
  health.windowFailures = 0;
}

function close(health: WebhookHealthEntity, pauseUntil: number | null): void {
  health.breaker = 'closed';
  health.timesOpened = 0;
  health.pausedUntil = pauseUntil;
  health.windowStartedAt = null;
  health.windowAttempts = 0;
  health.windowFailures = 0;
}
