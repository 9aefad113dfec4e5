import { BUCKETS } from './latency-buckets.js';

/** What happened in a span of time, of one webhook or of all. */
export interface Counts {
  /** Events that were fanned out. */
  events: number;
  /** Deliveries that were made. */
  deliveries: number;
  succeeded: number;
  failed: number;
  attempts: number;
  attemptFailures: number;
  /** Attempts by how long they took. */
  took: number[];
  /** When the last attempt ended, epoch milliseconds; 0: none was made. */
  lastAttemptAt: number;
}

export function noCounts(): Counts {
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

/** Adds counts to others. */
export function addTo(sum: Counts, more: Counts): void {
  sum.events += more.events;
  sum.deliveries += more.deliveries;
  sum.succeeded += more.succeeded;
  sum.failed += more.failed;
  sum.attempts += more.attempts;
  sum.attemptFailures += more.attemptFailures;
  for (const [bucket, count] of more.took.entries()) sum.took[bucket] = (sum.took[bucket] ?? 0) + count;
  sum.lastAttemptAt = Math.max(sum.lastAttemptAt, more.lastAttemptAt);
}

/** The share of attempts that succeeded, 0 to 1; null where none was made. */
export function successShare({ attempts, attemptFailures }: Counts): number | null {
  return attempts === 0 ? null : (attempts - attemptFailures) / attempts;
}
