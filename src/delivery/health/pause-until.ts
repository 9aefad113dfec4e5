import { retryAfterMs } from '../retry/retry-after.js';
import { LONGEST_RETRY_AFTER_MS } from '../retry/retry-schedule.js';
import type { Attempt } from '../sending/sender.js';

/** Statuses by which a receiver says that it has too much or is not there now. */
const LEAVE_ALONE = new Set([429, 502, 503, 504]);

/**
 * Until when a receiver asked to be left alone altogether: 429, 502, 503 and 504 pause the whole webhook.
 *
 * @param pauseMs how long when it does not say
 * @returns epoch milliseconds; null when it asked for nothing
 */
export function pauseUntil(
  { statusCode, responseHeaders, startedAt, durationMs }: Attempt,
  pauseMs: number,
): number | null {
  if (statusCode === null || !LEAVE_ALONE.has(statusCode)) return null;
  const now = startedAt + durationMs;
  const asked = retryAfterMs(responseHeaders?.['retry-after'], now);
  return now + Math.min(asked ?? pauseMs, LONGEST_RETRY_AFTER_MS);
}
