import type { RecordedEvent } from '../../webhooks/formats/recorded-event.js';
import type { RegisteredWebhook } from '../../webhooks/registered-webhook.js';
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

const webhook = (init: Partial<RegisteredWebhook>): RegisteredWebhook => ({
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
  tenant: null,
  createdAt: 500,
  secrets: [],
  hubSignature: false,
  ...init,
});

describe('planFanOut', () => {
  it.each<[string, Partial<RegisteredWebhook>, number]>([
    ['one that is enabled, subscribed and older', {}, 1],
    ['none that is disabled', { isEnabled: false }, 0],
    ['none that is not subscribed', { events: ['entry.*'] }, 0],
    ['none that is younger', { createdAt: 1_001 }, 0],
    ['one of the same millisecond with a smaller id', { createdAt: 1_000, id: 'a' }, 1],
    ['none of the same millisecond with a greater id', { createdAt: 1_000, id: 'z' }, 0],
  ])('tells %s', (_, init, count) => {
    expect(planFanOut(event, [webhook(init)]).recipients).toHaveLength(count);
  });

  it('renders a body once for all who share its format', () => {
    const plan = planFanOut(event, [webhook({ id: 'a' }), webhook({ id: 'b' })]);
    expect(plan.bodies).toHaveLength(1);
    expect(plan.recipients).toHaveLength(2);
  });
});
