/** How a delivery is tried again. */
export interface RetryPolicy {
  /** Seconds before each retry, one number per retry. */
  schedule: readonly number[];
  /** How much later than its delay a retry may come, as a share of the delay (0.1: up to a tenth). Never earlier. */
  jitter: number;
}

/** 1 + 9 attempts over about three days: Standard Webhooks' example. */
export const DEFAULT_RETRY_SCHEDULE: readonly number[] = [
  5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
];

/** Longer than this a receiver cannot ask to wait: the delivery ends `expired`. Milliseconds. */
export const LONGEST_RETRY_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

export type NextAttempt = { kind: 'retry'; dueAt: number } | { kind: 'exhausted' } | { kind: 'expired' };

/**
 * When a failed delivery is tried again.
 *
 * @param retriesUsed how many retries of the schedule were used before this failure
 * @param failedAt when the attempt ended, epoch milliseconds
 * @param retryAfterMs how long the receiver asked to wait from then, null when it did not
 * @param random a number in [0, 1)
 */
export function nextAttempt(
  policy: RetryPolicy,
  retriesUsed: number,
  failedAt: number,
  retryAfterMs: number | null,
  random: number,
): NextAttempt {
  if (retryAfterMs !== null && retryAfterMs > LONGEST_RETRY_AFTER_MS) return { kind: 'expired' };
  const seconds = policy.schedule[retriesUsed];
  if (seconds === undefined) return { kind: 'exhausted' };
  const delayMs = Math.ceil(seconds * 1000 * (1 + policy.jitter * random));
  return { kind: 'retry', dueAt: failedAt + Math.max(delayMs, retryAfterMs ?? 0) };
}
