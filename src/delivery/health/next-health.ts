import type { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import type { HealthPolicy } from '../options/health-policy.js';

/** The attempts of a webhook since its health was written last, counted. */
export interface HealthDelta {
  successes: number;
  failures: number;
  /** Failures after the last of these successes: the run of failures in a row. */
  trailingFailures: number;
  lastSuccessAt: number | null;
  firstFailureAt: number | null;
  exhausted: number;
  /** The receiver asked for no requests until then; null: it did not. */
  pauseUntil: number | null;
  /** The receiver answered 410 Gone. */
  isGone: boolean;
}

/** A delta of no attempts. */
export function emptyDelta(): HealthDelta {
  return {
    successes: 0,
    failures: 0,
    trailingFailures: 0,
    lastSuccessAt: null,
    firstFailureAt: null,
    exhausted: 0,
    pauseUntil: null,
    isGone: false,
  };
}

/**
 * One delta of two in a row. The order matters: a success ends the run of failures before it, not the one after it. A
 * pause is never shortened by what came later.
 */
export function mergeDeltas(older: HealthDelta, newer: HealthDelta): HealthDelta {
  const isRunBroken = newer.successes > 0;
  return {
    successes: older.successes + newer.successes,
    failures: older.failures + newer.failures,
    trailingFailures: newer.trailingFailures + (isRunBroken ? 0 : older.trailingFailures),
    lastSuccessAt: latest(older.lastSuccessAt, newer.lastSuccessAt),
    firstFailureAt: isRunBroken ? newer.firstFailureAt : (older.firstFailureAt ?? newer.firstFailureAt),
    exhausted: newer.exhausted + (isRunBroken ? 0 : older.exhausted),
    pauseUntil: latest(older.pauseUntil, newer.pauseUntil),
    isGone: older.isGone || newer.isGone,
  };
}

function latest(a: number | null, b: number | null): number | null {
  return a === null ? b : Math.max(a, b ?? 0);
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
    writeToken: '',
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
    // Requests that were in flight when the breaker opened decide nothing: only a probe does, after the pause.
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
