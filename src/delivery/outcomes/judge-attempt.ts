import { type Attempt, isSuccess } from '../model/attempt.js';
import { parseRetryAfter } from '../retry/retry-after.js';
import { planNextAttempt, type RetryPolicy } from '../retry/retry-schedule.js';
import type { AttemptResult } from '../model/outcome.js';

/**
 * What becomes of a delivery after an attempt of its schedule. 2xx is success; 410 and an address that may not be
 * reached end it at once; everything else, redirects too, is tried again as the schedule says.
 *
 * @param retriesUsed how many retries of the schedule were used before
 * @param random a number in [0, 1)
 */
export function judgeAttempt(
  attempt: Attempt,
  policy: RetryPolicy,
  retriesUsed: number,
  random: number,
): AttemptResult {
  const finishedAt = attempt.startedAt + attempt.durationMs;
  if (isSuccess(attempt)) return { state: 'succeeded', finishedAt };
  if (attempt.statusCode === 410 || attempt.errorCode === 'ADDRESS_REFUSED') {
    return { state: 'failed', reason: 'rejected', finishedAt };
  }
  const asked = parseRetryAfter(attempt.responseHeaders?.['retry-after'], finishedAt);
  const next = planNextAttempt(policy, retriesUsed, finishedAt, asked, random);
  return next.kind === 'retry'
    ? { state: 'pending', dueAt: next.dueAt }
    : { state: 'failed', reason: next.kind, finishedAt };
}
