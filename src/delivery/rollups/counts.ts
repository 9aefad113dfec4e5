import { BUCKETS } from './latency-buckets.js';

/** Counters of one webhook, or of all, in a span of time. */
export interface Counts {
  /** Fanned-out events. */
  events: number;
  /** Created deliveries. */
  deliveries: number;
  succeeded: number;
  failed: number;
  attempts: number;
  attemptFailures: number;
  /** Histogram of the attempts' durations: see `latency-buckets.ts`. */
  took: number[];
  /** When the last attempt ended, epoch milliseconds; 0: none was made. */
  lastAttemptAt: number;
}

/** Creates counters that are all zero. */
export function createCounts(): Counts {
  return {
    events: 0,
    deliveries: 0,
    succeeded: 0,
    failed: 0,
    attempts: 0,
    attemptFailures: 0,
    took: Array.from({ length: BUCKETS }, () => 0),
    lastAttemptAt: 0,
  };
}

/** Adds `more` to `sum`, in place. */
export function addCounts(sum: Counts, more: Counts): void {
  sum.events += more.events;
  sum.deliveries += more.deliveries;
  sum.succeeded += more.succeeded;
  sum.failed += more.failed;
  sum.attempts += more.attempts;
  sum.attemptFailures += more.attemptFailures;
  for (const [bucket, count] of more.took.entries()) sum.took[bucket] = (sum.took[bucket] ?? 0) + count;
  sum.lastAttemptAt = Math.max(sum.lastAttemptAt, more.lastAttemptAt);
}

/** Computes the share of succeeded attempts, 0 to 1; null without attempts. */
export function computeSuccessShare({ attempts, attemptFailures }: Counts): number | null {
  return attempts === 0 ? null : (attempts - attemptFailures) / attempts;
}
