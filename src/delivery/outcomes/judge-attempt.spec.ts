import type { Attempt } from '../model/attempt.js';
import { judgeAttempt } from './judge-attempt.js';

const attempt = (init: Partial<Attempt>): Attempt => ({
  startedAt: 1_000,
  durationMs: 500,
  url: 'https://example.com/',
  statusCode: null,
  error: null,
  errorCode: null,
  requestHeaders: {},
  responseHeaders: null,
  responseBody: null,
  responseTruncated: false,
  ...init,
});

describe('judgeAttempt', () => {
  it.each<[string, Partial<Attempt>, number, object]>([
    ['200 is success', { statusCode: 200 }, 0, { state: 'succeeded', finishedAt: 1_500 }],
    ['204 is success', { statusCode: 204 }, 0, { state: 'succeeded', finishedAt: 1_500 }],
    [
      'a 200 whose body never ended is none',
      { statusCode: 200, error: 'x' },
      0,
      { state: 'pending', dueAt: 6_500 },
    ],
    ['a redirect is a failure', { statusCode: 301 }, 0, { state: 'pending', dueAt: 6_500 }],
    ['404 is tried again', { statusCode: 404 }, 0, { state: 'pending', dueAt: 6_500 }],
    [
      'no answer is tried again',
      { error: 'x', errorCode: 'ECONNREFUSED' },
      0,
      { state: 'pending', dueAt: 6_500 },
    ],
    [
      'the last failure is the end',
      { statusCode: 500 },
      1,
      { state: 'failed', reason: 'exhausted', finishedAt: 1_500 },
    ],
    [
      '410 is the end at once',
      { statusCode: 410 },
      0,
      { state: 'failed', reason: 'rejected', finishedAt: 1_500 },
    ],
    [
      'an address that may not be reached is the end at once',
      { error: 'x', errorCode: 'ADDRESS_REFUSED' },
      0,
      { state: 'failed', reason: 'rejected', finishedAt: 1_500 },
    ],
    [
      'Retry-After is obeyed',
      { statusCode: 429, responseHeaders: { 'retry-after': '60' } },
      0,
      { state: 'pending', dueAt: 61_500 },
    ],
    [
      'a wait of more than a week is the end',
      { statusCode: 503, responseHeaders: { 'retry-after': '604801' } },
      0,
      { state: 'failed', reason: 'expired', finishedAt: 1_500 },
    ],
  ])('%s', (_, init, retriesUsed, expected) => {
    expect(judgeAttempt(attempt(init), { schedule: [5], jitter: 0 }, retriesUsed, 0)).toEqual(expected);
  });
});
