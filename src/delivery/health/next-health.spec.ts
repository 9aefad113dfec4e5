import type { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import { type HealthDelta, isGivenUp, mergeDeltas, newHealth, nextHealth } from './next-health.js';
import { type HealthPolicy } from '../options/health-policy.js';

const NOW = 1_000_000;
const DAY = 24 * 60 * 60 * 1000;
const POLICY: HealthPolicy = {
  breaker: { failureShare: 0.5, leastAttempts: 20, windowMs: 60_000, openMs: 30_000, longestOpenMs: 100_000 },
  disable: { afterMs: 5 * DAY, afterExhausted: 20 },
};

const delta = (init: Partial<HealthDelta>): HealthDelta => ({
  successes: 0,
  failures: 0,
  trailingFailures: init.failures ?? 0,
  lastSuccessAt: init.successes ? NOW : null,
  firstFailureAt: init.failures ? NOW : null,
  exhausted: 0,
  pauseUntil: null,
  isGone: false,
  ...init,
});

const health = (init: Partial<WebhookHealthEntity> = {}) => ({ ...newHealth('w'), ...init });

describe('nextHealth', () => {
  it.each<[string, Partial<WebhookHealthEntity>, Partial<HealthDelta>, Partial<WebhookHealthEntity>]>([
    [
      'a success ends a run of failures',
      { consecutiveFailures: 9, failingSince: 1, exhaustedCount: 3 },
      { successes: 1 },
      { consecutiveFailures: 0, failingSince: null, exhaustedCount: 0, lastSuccessAt: NOW },
    ],
    [
      'failures are counted since the last success',
      { consecutiveFailures: 2, failingSince: 5 },
      { failures: 3 },
      { consecutiveFailures: 5, failingSince: 5 },
    ],
    [
      'failures after a success of the same batch begin a run',
      {},
      { successes: 2, failures: 3, trailingFailures: 1 },
      { consecutiveFailures: 1, failingSince: NOW },
    ],
    [
      'a pause is kept',
      {},
      { failures: 1, pauseUntil: NOW + 500 },
      { pausedUntil: NOW + 500, breaker: 'closed' },
    ],
    [
      'a longer pause is not shortened',
      { pausedUntil: NOW + 900 },
      { failures: 1, pauseUntil: NOW + 500 },
      { pausedUntil: NOW + 900 },
    ],
    ['a pause that is over goes', { pausedUntil: NOW - 1 }, { successes: 1 }, { pausedUntil: null }],
    [
      'the breaker opens when too many of enough failed',
      { windowStartedAt: NOW - 1, windowAttempts: 18, windowFailures: 9 },
      { successes: 1, failures: 1 },
      { breaker: 'open', timesOpened: 1, pausedUntil: NOW + 30_000 },
    ],
    [
      'it stays closed while too few were made',
      {},
      { failures: 19 },
      { breaker: 'closed', pausedUntil: null },
    ],
    [
      'an old window does not count',
      { windowStartedAt: NOW - 60_000, windowAttempts: 100, windowFailures: 100 },
      { failures: 1 },
      { breaker: 'closed', windowAttempts: 1 },
    ],
    [
      'a probe that succeeds closes it',
      { breaker: 'half-open', timesOpened: 3, pausedUntil: NOW + 9_000 },
      { successes: 1 },
      { breaker: 'closed', timesOpened: 0, pausedUntil: null },
    ],
    [
      'a probe that fails opens it for twice as long',
      { breaker: 'half-open', timesOpened: 1 },
      { failures: 1 },
      { breaker: 'open', timesOpened: 2, pausedUntil: NOW + 60_000 },
    ],
    [
      '… and never for longer than the longest',
      { breaker: 'half-open', timesOpened: 9 },
      { failures: 1 },
      { breaker: 'open', pausedUntil: NOW + 100_000 },
    ],
    [
      'what was out when it opened does not close it',
      { breaker: 'open', timesOpened: 1, pausedUntil: NOW + 9_000 },
      { successes: 1 },
      { breaker: 'open', pausedUntil: NOW + 9_000 },
    ],
  ])('%s', (_, before, change, expected) => {
    expect(nextHealth(health(before), delta(change), NOW, POLICY)).toMatchObject(expected);
  });
});

describe('isGivenUp', () => {
  it.each<[string, Partial<WebhookHealthEntity>, boolean]>([
    [
      'no success for long and many exhausted',
      { failingSince: 1, lastSuccessAt: NOW - 5 * DAY, exhaustedCount: 20 },
      true,
    ],
    ['never a success, failing for long', { failingSince: NOW - 5 * DAY, exhaustedCount: 20 }, true],
    ['too few exhausted', { failingSince: 1, lastSuccessAt: NOW - 9 * DAY, exhaustedCount: 19 }, false],
    ['a success not long ago', { failingSince: 1, lastSuccessAt: NOW - 4 * DAY, exhaustedCount: 99 }, false],
    ['not failing', { failingSince: null, lastSuccessAt: NOW - 9 * DAY, exhaustedCount: 99 }, false],
  ])('%s', (_, init, expected) => {
    expect(isGivenUp(health(init), NOW, POLICY)).toBe(expected);
  });
});

describe('mergeDeltas', () => {
  const failure = delta({ failures: 1, firstFailureAt: 10, exhausted: 1, pauseUntil: 9_000 });
  const success = delta({ successes: 1, lastSuccessAt: 20 });

  it.each<[string, HealthDelta, HealthDelta, Partial<HealthDelta>]>([
    [
      'a success ends the run of failures before it and keeps the pause',
      failure,
      success,
      {
        trailingFailures: 0,
        firstFailureAt: null,
        exhausted: 0,
        pauseUntil: 9_000,
        failures: 1,
        successes: 1,
      },
    ],
    [
      'a failure after a success begins a run',
      success,
      failure,
      { trailingFailures: 1, firstFailureAt: 10, exhausted: 1, lastSuccessAt: 20, pauseUntil: 9_000 },
    ],
    [
      'failures in a row are one run from the first',
      failure,
      delta({ failures: 2, firstFailureAt: 30, pauseUntil: 8_000 }),
      { trailingFailures: 3, firstFailureAt: 10, exhausted: 1, pauseUntil: 9_000 },
    ],
    ['410 is not forgotten', delta({ failures: 1, isGone: true }), success, { isGone: true }],
  ])('%s', (_, older, newer, expected) => {
    expect(mergeDeltas(older, newer)).toMatchObject(expected);
  });
});
