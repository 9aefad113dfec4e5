/** Bodies that are taken, by route: what is mutated comes further than what is made up. */
const BODIES = {
  'POST /admin/webhooks': {
    name: 'a',
    url: 'http://127.0.0.1:9/hook',
    headers: { 'X-Key': 'a' },
    events: ['entry.*'],
    contentTypeEvents: { 'api::address.address': ['entry.create'] },
    timeoutMs: 1000,
    retrySchedule: [1, 2],
    rateLimit: 5,
    concurrency: 2,
    ordering: 'none',
    tenant: 'a',
    format: 'strapi-v3',
    filter: 'data.entry.city == "Paris" && duration("1h") < duration("2h")',
  },
  'POST /admin/webhooks/filter/check': { filter: 'data.a.matches("(a+)+$") || data.b > 1', eventId: 'a' },
  'POST /admin/tokens': {
    name: 'a',
    scopes: ['content:read'],
    tenant: 'a',
    expiresAt: '2030-01-31T12:00:00Z',
  },
  'POST /admin/events': {
    type: 'order.shipped',
    data: { a: 1, b: { c: [1] } },
    model: 'order',
    key: '1',
    tenant: 'a',
  },
  'POST /admin/deliveries/redeliver': {
    filter: {
      webhookId: 'a',
      state: 'failed',
      event: 'entry.create',
      statusCode: 500,
      from: '2020-01-01',
      to: 9,
    },
  },
  'POST /admin/deliveries/count': { filter: { statusClass: '5xx', id: 'a', state: 'pending' } },
  'POST /admin/webhooks/batch-delete': { ids: ['a', 1] },
  'POST /admin/webhooks/{id}/recover': {
    since: '2020-01-01T00:00:00Z',
    until: 1_600_000_000_000,
    missed: true,
  },
  'POST /admin/webhooks/{id}/trigger': { event: 'entry.create' },
  'POST /admin/webhooks/{id}/secret/rotate': { graceSeconds: 60, type: 'hmac' },
  'POST /api/{plural}': {
    data: {
      city: 'Paris',
      geolocation: { lat: 1 },
      postal_code: '1',
      category: null,
      full_name: 'a',
      cover: null,
      images: [],
    },
  },
};
BODIES['PUT /admin/webhooks/{id}'] = { ...BODIES['POST /admin/webhooks'], isEnabled: true };
BODIES['POST /admin/deliveries/cancel'] = BODIES['POST /admin/deliveries/redeliver'];
BODIES['PUT /api/{plural}/{id}'] = BODIES['POST /api/{plural}'];

/** Parameters that some list knows. */
export const QUERY_KEYS = [
  'webhookId',
  'state',
  'event',
  'type',
  'statusCode',
  'statusClass',
  'hours',
  'tenant',
  'from',
  'to',
  'cursor',
  'limit',
  'pagination[page]',
  'pagination[pageSize]',
  'sort',
  'sort[]',
  'filters[city][$eq]',
  'filters[id][$eq]',
  'filters[created_at][$eq]',
  'filters[__proto__][$eq]',
  'filters[constructor]',
  'hasOwnProperty',
  '__proto__[a]',
  'constructor[prototype][a]',
  'a[b][c][d][e][f][g]',
  'id',
];

/** An answer that does not end by itself: there is nothing to wait for. */
const ENDLESS = 'GET /admin/stream';

/**
 * The routes that the API's description tells.
 *
 * @returns {{method: string, path: string, body: object | null}[]} `body`: one that is taken, null where none is known
 */
export async function routesOf(baseUrl) {
  const { paths } = await (await fetch(`${baseUrl}/openapi.json`)).json();
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).flatMap((name) => {
      const route = `${name.toUpperCase()} ${path}`;
      if (route === ENDLESS) return [];
      return [{ method: name.toUpperCase(), path, body: BODIES[route] ?? null }];
    }),
  );
}
