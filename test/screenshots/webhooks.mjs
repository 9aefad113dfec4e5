// The webhooks of the pictures: who is told of what, and how their receivers did in the last day.
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Since when the receiver of the bills has been down: the pictures show how one finds out why. */
export const OUTAGE_MS = 95 * MINUTE_MS;

/**
 * Of each: what it is created with, and
 * - `typicalMs`, `slowestMs`: how long its receiver takes, mostly and at worst,
 * - `failing`: the share of attempts that fail,
 * - `outageMs`: since how long everything has failed,
 * - `endedMs`, `disabledReason`: since when it has been disabled, and why.
 */
export const WEBHOOKS = [
  {
    input: { name: 'Search index', url: 'https://search.example.com/hooks/posthorn', events: ['entry.*'] },
    typicalMs: 38,
    slowestMs: 180,
    failing: 0.002,
  },
  {
    input: {
      name: 'Website build',
      url: 'https://build.example.com/hooks/website',
      events: ['entry.*', 'media.*'],
    },
    typicalMs: 420,
    slowestMs: 2_600,
    failing: 0.015,
  },
  {
    input: {
      name: 'Billing',
      url: 'https://billing.example.net/webhooks/posthorn',
      events: ['entry.*'],
      headers: { 'X-Account': 'acme' },
      retrySchedule: [5, 60, 300, 900],
    },
    typicalMs: 95,
    slowestMs: 640,
    failing: 0.01,
    outageMs: OUTAGE_MS,
  },
  {
    input: {
      name: 'Warehouse',
      url: 'https://warehouse.example.org/events',
      events: [],
      contentTypeEvents: { 'api::address.address': ['entry.create', 'entry.update', 'entry.delete'] },
      format: 'standard',
      ordering: 'entry',
    },
    typicalMs: 64,
    slowestMs: 310,
    failing: 0.004,
  },
  {
    input: {
      name: 'Audit trail',
      url: 'https://audit.example.com/cloudevents',
      events: ['*'],
      format: 'cloudevents',
    },
    typicalMs: 12,
    slowestMs: 45,
    failing: 0,
  },
  {
    input: { name: 'Image resizer', url: 'https://images.example.com/hooks/resize', events: ['media.*'] },
    typicalMs: 780,
    slowestMs: 4_800,
    failing: 0.03,
  },
  {
    input: { name: 'Old partner feed', url: 'https://feed.example.net/in', events: ['entry.*'] },
    typicalMs: 140,
    slowestMs: 900,
    failing: 0.08,
    endedMs: 7 * HOUR_MS,
    disabledReason: 'gone',
  },
  {
    input: { name: 'Staging', url: 'https://staging.example.com/hooks/posthorn', events: ['entry.update'] },
    typicalMs: 55,
    slowestMs: 260,
    failing: 0.02,
    endedMs: 15 * HOUR_MS,
    disabledReason: 'manual',
  },
];
