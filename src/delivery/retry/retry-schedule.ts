/** How a failed delivery is retried. */
export interface RetryPolicy {
  /** Seconds before each retry, one number per retry. */
  schedule: readonly number[];
  /** Jitter: a retry comes up to this share of its delay later (0.1: up to a tenth), never earlier. */
  jitter: number;
}

/** 1 + 9 attempts over about three days: Standard Webhooks' example. */
export const DEFAULT_RETRY_SCHEDULE: readonly number[] = [
  5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
];

/** The longest Retry-After that is honored, milliseconds: above it the delivery ends `expired`. */
export const MAX_RETRY_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

/** What follows a failed attempt. `dueAt`: when the retry is due, epoch milliseconds. */
export type NextAttempt = { kind: 'retry'; dueAt: number } | { kind: 'exhausted' } | { kind: 'expired' };

/**
 * Computes when a failed delivery is retried.
 *
 * @param retriesUsed how many retries of the schedule were used before this failure
 * @param failedAt when the attempt ended, epoch milliseconds
 * @param retryAfterMs the receiver's Retry-After, from `failedAt` on; null when it sent none
 * @param random a number in [0, 1)
 */
export function planNextAttempt(
  policy: RetryPolicy,
  retriesUsed: number,
  failedAt: number,
  retryAfterMs: number | null,
  random: number,
): NextAttempt {
  if (retryAfterMs !== null && retryAfterMs > MAX_RETRY_AFTER_MS) return { kind: 'expired' };
  const seconds = policy.schedule[retriesUsed];
  if (seconds === undefined) return { kind: 'exhausted' };
  const delayMs = Math.ceil(seconds * 1000 * (1 + policy.jitter * random));
  return { kind: 'retry', dueAt: failedAt + Math.max(delayMs, retryAfterMs ?? 0) };
}
