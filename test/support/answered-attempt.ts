import type { Attempt } from '../../src/delivery/model/attempt.js';
import type { Claim } from '../../src/delivery/model/claim.js';

/** The attempt of a claim whose receiver answered at once, with nothing but a status. */
export function answeredAttempt(claim: Claim, statusCode: number, startedAt: number): Attempt {
  return {
    startedAt,
    durationMs: 1,
    url: claim.webhook.url,
    statusCode,
    error: null,
    errorCode: null,
    requestHeaders: {},
    responseHeaders: {},
    responseBody: '',
    responseTruncated: false,
  };
}
