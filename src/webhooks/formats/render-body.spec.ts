import { recorded } from '../../../test/support/recorded-event.js';
import type { RecordedEvent } from './recorded-event.js';
import { renderBody } from './render-body.js';
import type { Include, Rendering } from './rendering.js';

const AT = '2020-01-10T08:47:36.649Z';
const V3: Rendering = { format: 'strapi-v3', include: [], cloudEventsSource: '/posthorn' };

describe('renderBody, strapi-v3', () => {
  it.each<[string, Partial<RecordedEvent>, string]>([
    [
      'an entry event with its model, in the order of the entry’s own keys',
      {
        type: 'entry.update',
        model: 'address',
        uid: 'api::address.address',
        data: { entry: { id: 1, geolocation: {}, city: 'Paris', category: null, images: [] } },
      },
      '{"event":"entry.update","created_at":"2020-01-10T08:47:36.649Z","model":"address",' +
        '"entry":{"id":1,"geolocation":{},"city":"Paris","category":null,"images":[]}}',
    ],
    [
      'a media event without a model',
      { type: 'media.create', data: { media: { id: 1, name: 'image.png', size: 228.19 } } },
      '{"event":"media.create","created_at":"2020-01-10T08:47:36.649Z",' +
        '"media":{"id":1,"name":"image.png","size":228.19}}',
    ],
    [
      'a custom event with a model',
      { type: 'order.shipped', model: 'order', data: { total: 12 } },
      '{"event":"order.shipped","created_at":"2020-01-10T08:47:36.649Z","model":"order","data":{"total":12}}',
    ],
    [
      'a custom event without one',
      { type: 'webhook.disabled', data: { id: 'x' } },
      '{"event":"webhook.disabled","created_at":"2020-01-10T08:47:36.649Z","data":{"id":"x"}}',
    ],
    [
      'a custom event that takes the name of an entry event but carries no entry',
      { type: 'entry.archived', data: { id: 1 } },
      '{"event":"entry.archived","created_at":"2020-01-10T08:47:36.649Z","data":{"id":1}}',
    ],
    [
      'the test',
      { type: 'trigger-test', data: { left: 'out' } },
      '{"event":"trigger-test","createdAt":"2020-01-10T08:47:36.649Z"}',
    ],
  ])('renders %s', (_, init, body) => {
    expect(renderBody(V3, recorded(init))).toEqual({
      rendering: 'strapi-v3',
      contentType: 'application/json',
      body,
    });
  });

  it('refuses a format that there is not', () => {
    expect(() => renderBody({ ...V3, format: 'xml' }, recorded({}))).toThrow(
      'There is no format "xml". There are: strapi-v3, strapi-v5, standard, cloudevents.',
    );
  });
});

describe('renderBody, standard and cloudevents', () => {
  it.each<[string, Partial<RecordedEvent>, string, string]>([
    [
      'an entry event',
      { model: 'address', key: '7', data: { entry: { id: 7 } } },
      'address/7',
      '{"model":"address","entry":{"id":7}}',
    ],
    [
      'a media event',
      { type: 'media.create', key: '3', data: { media: { id: 3 } } },
      'media/3',
      '{"media":{"id":3}}',
    ],
    ['a custom event', { type: 'order.shipped', key: '17', data: { n: 1 } }, 'order/17', '{"n":1}'],
    [
      'a custom event of a model alone',
      { type: 'order.shipped', model: 'order', key: null, data: { n: 1 } },
      'order',
      '{"n":1}',
    ],
    ['an event of no thing', { type: 'webhook.disabled', key: null, data: { n: 1 } }, '', '{"n":1}'],
    ['the test', { type: 'trigger-test', key: null, data: { left: 'out' } }, '', '{}'],
  ])('render %s', (_, init, subject, data) => {
    const event = recorded(init);
    expect(renderBody({ ...V3, format: 'standard' }, event)).toEqual({
      rendering: 'standard',
      contentType: 'application/json',
      body: `{"type":"${event.type}","timestamp":"${AT}","data":${data}}`,
    });
    expect(renderBody({ ...V3, format: 'cloudevents', cloudEventsSource: '/here' }, event)).toEqual({
      rendering: 'cloudevents',
      contentType: 'application/cloudevents+json',
      body:
        `{"specversion":"1.0","id":"${event.id}","source":"/here","type":"${event.type}","time":"${AT}",` +
        `${subject === '' ? '' : `"subject":"${subject}",`}"datacontenttype":"application/json","data":${data}}`,
    });
  });
});

describe('renderBody with includes', () => {
  const actor = { type: 'token', id: 't1', name: 'editor' };
  const ofEntry = { model: 'address', uid: 'api::address.address', data: { entry: { id: 1 } } };
  const context = { previous: { city: 'Lyon' }, actor, document: null };
  const ACTOR = '{"type":"token","id":"t1","name":"editor"}';

  it.each<[string, Include[], Partial<RecordedEvent>, string, RegExp]>([
    [
      'strapi-v3',
      ['previous', 'actor'],
      { ...ofEntry, context },
      'strapi-v3+previous+actor',
      /"entry":\{"id":1\},"previous":\{"city":"Lyon"\},"actor":\{.*\}\}$/,
    ],
    [
      'strapi-v3',
      ['actor'],
      { ...ofEntry, context },
      'strapi-v3+actor',
      /"entry":\{"id":1\},"actor":\{.*\}\}$/,
    ],
    [
      'strapi-v5',
      ['previous'],
      { ...ofEntry, context },
      'strapi-v5+previous',
      /"publishedAt":null\},"previous":\{"city":"Lyon"\}\}$/,
    ],
    [
      'strapi-v3',
      ['previous', 'actor'],
      ofEntry,
      'strapi-v3+previous+actor',
      /"previous":null,"actor":null\}$/,
    ],
    [
      'strapi-v3',
      ['previous'],
      { type: 'order.shipped', data: {} },
      'strapi-v3+previous',
      /"data":\{\},"previous":null\}$/,
    ],
    [
      'strapi-v5',
      ['previous'],
      { type: 'trigger-test' },
      'strapi-v5+previous',
      /^\{"event":"trigger-test","createdAt":"[^"]+"\}$/,
    ],
    [
      'standard',
      ['previous', 'actor'],
      { ...ofEntry, context },
      'standard+previous+actor',
      /"data":\{"model":"address","entry":\{"id":1\},"previous":\{"city":"Lyon"\},"actor":\{.*\}\}\}$/,
    ],
    [
      'standard',
      ['previous'],
      { type: 'order.shipped', data: { n: 1 } },
      'standard+previous',
      /"data":\{"n":1\}\}$/,
    ],
    [
      'cloudevents',
      ['actor'],
      { type: 'media.create', data: { media: { id: 3 } }, context },
      'cloudevents+actor',
      /"data":\{"media":\{"id":3\},"actor":\{.*\}\}\}$/,
    ],
  ])('%s with %j at its end', (format, include, init, rendering, end) => {
    const body = renderBody({ ...V3, format, include }, recorded(init));
    expect(body.rendering).toBe(rendering);
    expect(body.rendering.length).toBeLessThanOrEqual(64);
    expect(body.body).toMatch(end);
    if (/"actor":\{/.test(body.body)) expect(body.body).toContain(`"actor":${ACTOR}`);
  });
});
