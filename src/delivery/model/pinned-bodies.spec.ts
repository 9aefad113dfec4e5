import type { JsonObject } from '../../events/json.js';
import { FORMAT_NAMES, renderBody } from '../../webhooks/formats/render-body.js';
import { pinBodies, restoreBodies, restoreBody } from './pinned-bodies.js';

const event = (type: string, data: JsonObject) => ({
  id: '0197a1a2-0000-7000-8000-000000000001',
  type,
  model: type.startsWith('entry') ? 'address' : null,
  uid: null,
  key: '7',
  tenant: null,
  data,
  createdAt: 1_700_000_000_000,
});

const LONG = 'a long text that is worth not to be repeated, with "quotes", \\ and 🦔 in it';

const EVENTS: [string, JsonObject][] = [
  ['entry.create', { entry: { id: 7, street: LONG, nested: { entry: { deep: [1, null, LONG] } } } }],
  ['media.update', { media: { id: 7, name: LONG } }],
  ['order.shipped', { order: LONG, lines: [1, 2, 3] }],
  ['order.shipped', { n: 1 }],
  ['order.shipped', {}],
];

describe('pinBodies', () => {
  describe.each(FORMAT_NAMES)('in the format %s', (format) => {
    it.each(EVENTS)('restores %s %j to the byte', (type, data) => {
      const body = renderBody({ format, include: [], cloudEventsSource: '/posthorn' }, event(type, data));
      const snapshot = JSON.stringify(data);
      expect(restoreBodies(pinBodies([body], snapshot), snapshot)).toEqual([body]);
    });
  });

  it.each(EVENTS.slice(0, 3))('stores of the body of %s what the snapshot has not', (type, data) => {
    const rendering = { format: 'strapi-v3', include: [], cloudEventsSource: '/posthorn' };
    const body = renderBody(rendering, event(type, data));
    const pinned = pinBodies([body], JSON.stringify(data));
    expect(pinned).not.toContain('worth');
    expect(pinned.length).toBeLessThan(220);
  });

  it('tells renderings apart, and knows when there is none', () => {
    const data = { order: LONG };
    const snapshot = JSON.stringify(data);
    const bodies = ['strapi-v3', 'standard'].map((format) =>
      renderBody({ format, include: [], cloudEventsSource: '/' }, event('order.shipped', data)),
    );
    const pinned = pinBodies(bodies, snapshot);
    expect(restoreBody(pinned, 'standard', snapshot)).toEqual(bodies[1]);
    expect(restoreBody(pinned, 'cloudevents', snapshot)).toBeNull();
    expect(restoreBody(null, 'standard', snapshot)).toBeNull();
  });
});
