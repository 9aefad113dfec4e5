import type { RecordedEvent } from '../../webhooks/formats/recorded-event.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { measureFilter } from '../../webhooks/filters/evaluate-filter.js';
import { planFanOut } from './plan-fan-out.js';

const event: RecordedEvent = {
  id: 'm',
  type: 'order.shipped',
  model: null,
  uid: null,
  key: null,
  tenant: null,
  data: { n: 1 },
  createdAt: 1_000,
};

/** When the event is fanned out. */
const NOW = 2_000;

const webhook = (init: Partial<DeliverableWebhook>): DeliverableWebhook => ({
  id: 'a',
  name: 'a',
  url: 'https://example.com',
  headers: {},
  events: ['*'],
  contentTypeEvents: {},
  isEnabled: true,
  disabledReason: null,
  format: 'strapi-v3',
  timeoutMs: 10_000,
  retrySchedule: null,
  rateLimit: null,
  concurrency: null,
  ordering: 'none',
  tls: null,
  tenant: null,
  filter: null,
  createdAt: 500,
  secrets: [],
  hasLostKey: false,
  hubSignature: false,
  include: [],
  cloudEventsSource: '/posthorn',
  awaitsConsent: false,
  ...init,
});

const plan = (webhooks: DeliverableWebhook[]) =>
  planFanOut(event, webhooks, NOW, (one) => measureFilter(one, event).result);

describe('planFanOut', () => {
  it.each<[string, Partial<DeliverableWebhook>, number]>([
    ['one that is enabled, subscribed and older', {}, 1],
    ['none that is disabled', { isEnabled: false }, 0],
    ['none that is not subscribed', { events: ['entry.*'] }, 0],
    ['none that is younger', { createdAt: 1_001 }, 0],
    ['one that seems to be made in the future, because the clock was set back', { createdAt: 600_000 }, 1],
    ['one of the same millisecond with a smaller id', { createdAt: 1_000, id: 'a' }, 1],
    ['one whose filter it passes', { filter: 'data.n == 1' }, 1],
    ['none whose filter leaves it out', { filter: 'data.n == 2' }, 0],
    ['one whose filter fails over it', { filter: 'data.n.contains("1")' }, 1],
    ['none of the same millisecond with a greater id', { createdAt: 1_000, id: 'z' }, 0],
  ])('tells %s', (_, init, count) => {
    expect(plan([webhook(init)]).recipients).toHaveLength(count);
  });

  it('notes what filters left out and over what they failed', () => {
    const { filtered } = plan([
      webhook({ id: 'a', filter: 'data.n == 1' }),
      webhook({ id: 'b', filter: 'data.n == 2' }),
      webhook({ id: 'c', filter: 'data.n.contains("1")' }),
      webhook({ id: 'd', filter: 'data.n == 2', events: ['entry.*'] }),
    ]);
    expect(filtered).toMatchObject([
      { webhookId: 'b', result: { kind: 'no-match' } },
      { webhookId: 'c', result: { kind: 'failed' } },
    ]);
  });

  it('renders a body once for all who share its format', () => {
    const { bodies, recipients } = plan([webhook({ id: 'a' }), webhook({ id: 'b' })]);
    expect(bodies).toHaveLength(1);
    expect(recipients).toHaveLength(2);
  });

  it('renders another body for another format, and for other includes', () => {
    const { bodies, recipients } = plan([
      webhook({ id: 'a' }),
      webhook({ id: 'b', include: ['actor'] }),
      webhook({ id: 'c', format: 'strapi-v5' }),
      webhook({ id: 'd', include: ['actor'] }),
    ]);
    expect(bodies.map(({ rendering }) => rendering)).toEqual(['strapi-v3', 'strapi-v3+actor', 'strapi-v5']);
    expect(recipients[1]?.body).toBe(recipients[3]?.body);
  });
});
