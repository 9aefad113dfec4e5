import { WebhookVerificationError } from './webhook-verification-error.js';

/**
 * Checks the time of a request, in whole seconds.
 *
 * @param header where it stands, for the message
 * @throws {WebhookVerificationError} when it is no number of seconds, or differs from now by more than the tolerance
 */
export function checkTimestamp(header: string, timestamp: string, now: number, tolerance: number): void {
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError('timestamp-malformed', `${header} is no number of seconds.`);
  }
  const behind = now - Number(timestamp);
  if (behind > tolerance) {
    throw new WebhookVerificationError(
      'timestamp-too-old',
      `The request is ${behind} s old, and ${tolerance} s are allowed: it may be a replay, or a clock is wrong.`,
    );
  }
  if (-behind > tolerance) {
    throw new WebhookVerificationError(
      'timestamp-too-new',
      `The request is ${-behind} s ahead of this clock, and ${tolerance} s are allowed: a clock is wrong.`,
    );
  }
}
