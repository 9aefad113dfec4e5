import { type PendingFacts, explainNextAttempt } from './explain-next-attempt.js';

const NOW = Date.UTC(2030, 0, 10, 12);
const LATER = NOW + 300_000;

const WEBHOOK: NonNullable<PendingFacts['webhook']> = {
  isEnabled: true,
  awaitsConsent: false,
  hasLostKey: false,
  isBreakerOpen: false,
  pausedUntil: null,
  rateLimit: null,
};

const known = (init: Partial<PendingFacts>): PendingFacts => ({
  now: NOW,
  sendingPaused: false,
  heldUntil: null,
  webhook: WEBHOOK,
  wasAskedToWait: false,
  isBehindAnother: false,
  retry: 2,
  schedule: [5, 300, 1_800, 7_200],
  jitter: 0.1,
  nextAttemptAt: LATER,
  ...init,
});

describe('explainNextAttempt', () => {
  it.each<[string, Partial<PendingFacts>]>([
    ['retry 2 of 4, 5 min after the failure, up to 10 % later', {}],
    ['retry 1 of 4, 5 s after the failure, up to 10 % later', { retry: 1 }],
    ['retry 3 of 4, 30 min after the failure, up to 10 % later', { retry: 3 }],
    ['retry 4 of 4, 2 h after the failure', { retry: 4, jitter: 0 }],
    ['retry 2 of 4, not before the receiver asked for it (Retry-After)', { wasAskedToWait: true }],
    ['due, and sent as soon as there is room', { nextAttemptAt: NOW }],
    [
      'due, and sent in its turn: the webhook takes 3 a second',
      { nextAttemptAt: NOW, webhook: { ...WEBHOOK, rateLimit: 3 } },
    ],
    ['waits for an earlier event of the same thing', { isBehindAnother: true }],
    [
      'no key of this instance (SECRETS_KEY) opens the secrets of the webhook',
      { webhook: { ...WEBHOOK, hasLostKey: true } },
    ],
    [
      'paused until 2030-01-10T12:05:00.000Z because the receiver asked',
      { webhook: { ...WEBHOOK, pausedUntil: LATER } },
    ],
    [
      'paused until 2030-01-10T12:05:00.000Z because the receiver asked (Retry-After)',
      { webhook: { ...WEBHOOK, pausedUntil: LATER }, wasAskedToWait: true },
    ],
    [
      "the webhook's breaker is open until 2030-01-10T12:05:00.000Z, because too many of its attempts failed; one attempt goes first",
      { webhook: { ...WEBHOOK, isBreakerOpen: true, pausedUntil: LATER } },
    ],
    ['the receiver has not consented yet', { webhook: { ...WEBHOOK, awaitsConsent: true } }],
    ['sending is paused as a whole', { sendingPaused: true }],
    ['an attempt is being made', { heldUntil: NOW + 1, sendingPaused: true }],
    [
      'the webhook is disabled, and the delivery is about to be ended',
      { webhook: { ...WEBHOOK, isEnabled: false } },
    ],
    ['the webhook was deleted, and the delivery is about to be ended', { webhook: null }],
    // A pause that is over and a lease that ran out explain nothing any more.
    [
      'retry 2 of 4, 5 min after the failure, up to 10 % later',
      { heldUntil: NOW, webhook: { ...WEBHOOK, pausedUntil: NOW } },
    ],
  ])('%s', (sentence, init) => {
    expect(explainNextAttempt(known(init))).toBe(sentence);
  });
});
