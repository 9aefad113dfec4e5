import type { DocumentNode } from '../../events/document-node.js';
import type { JsonObject } from '../../events/webhook-event.js';
import type { RecordedEvent } from './recorded-event.js';
import { renderBody } from './render-body.js';
import type { Include, Rendering } from './rendering.js';

const AT = '2020-01-10T08:47:36.649Z';
const V3: Rendering = { format: 'strapi-v3', include: [], cloudEventsSource: '/posthorn' };

const recorded = (init: Partial<RecordedEvent>): RecordedEvent => ({
  id: '0190163d-8694-739b-aea5-966c26f8ad91',
  type: 'entry.create',
  model: null,
  uid: null,
  key: '1',
  tenant: null,
  data: {},
  createdAt: Date.parse('2020-01-10T08:47:36.649Z'),
  ...init,
});

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

const entry = {
  id: 1,
  city: 'Paris',
  seen: { created_at: 'a user’s own' },
  category: { id: 2, name: 'Towns', created_at: AT, updated_at: AT },
  created_at: AT,
  updated_at: AT,
  cover: file(3),
  images: [file(4), file(5)],
};
const document: DocumentNode = {
  kind: 'entry',
  more: { documentId: 'doc1', publishedAt: null, locale: null },
  nested: {
    category: { kind: 'entry', more: { documentId: 'doc2', publishedAt: AT, locale: null } },
    cover: { kind: 'file', more: fileMore(3) },
    images: [
      { kind: 'file', more: fileMore(4) },
      { kind: 'file', more: fileMore(5) },
    ],
  },
};
const V5_ENTRY =
  '{"id":1,"documentId":"doc1","city":"Paris","seen":{"created_at":"a user’s own"},' +
  '"category":{"id":2,"documentId":"doc2","name":"Towns",' +
  `"createdAt":"${AT}","updatedAt":"${AT}","publishedAt":"${AT}","locale":null},` +
  `"cover":${v5File(3)},"images":[${v5File(4)},${v5File(5)}],` +
  `"createdAt":"${AT}","updatedAt":"${AT}","publishedAt":null,"locale":null}`;

describe('renderBody, strapi-v5', () => {
  it.each<[string, Partial<RecordedEvent>, string]>([
    [
      'an entry with what it points to, and leaves what users keep in JSON alone',
      {
        model: 'address',
        uid: 'api::address.address',
        data: { entry },
        context: { previous: null, actor: null, document },
      },
      `{"event":"entry.create","createdAt":"${AT}","model":"address","uid":"api::address.address",` +
        `"entry":${V5_ENTRY}}`,
    ],
    [
      'an entry of which nobody noted more, with null for it',
      {
        model: 'address',
        uid: 'api::address.address',
        data: { entry: { id: 1, category: { id: 2, created_at: AT }, created_at: AT } },
      },
      `{"event":"entry.create","createdAt":"${AT}","model":"address","uid":"api::address.address",` +
        `"entry":{"id":1,"documentId":null,"category":{"id":2,"created_at":"${AT}"},` +
        `"createdAt":"${AT}","publishedAt":null,"locale":null}}`,
    ],
    [
      'a file with what it hangs at',
      {
        type: 'media.update',
        data: { media: { ...file(3), related: [{ __type: 'api::a.a', id: 9, city: 'x', created_at: AT }] } },
        context: {
          previous: null,
          actor: null,
          document: {
            kind: 'file',
            more: fileMore(3),
            nested: { related: [{ kind: 'entry', more: { documentId: 'doc9' } }] },
          },
        },
      },
      `{"event":"media.update","createdAt":"${AT}","media":${v5File(
        3,
        `"related":[{"__type":"api::a.a","id":9,"documentId":"doc9","city":"x","createdAt":"${AT}",` +
          '"publishedAt":null,"locale":null}],',
      )}}`,
    ],
    [
      'components, one within the other, without anything that they have not',
      {
        model: 'page',
        uid: 'api::page.page',
        data: { entry: { id: 1, blocks: [{ __component: 'a.b', id: 1, file: file(3) }] } },
        context: {
          previous: null,
          actor: null,
          document: {
            kind: 'entry',
            more: {},
            nested: {
              blocks: [
                { kind: 'component', more: {}, nested: { file: { kind: 'file', more: fileMore(3) } } },
              ],
            },
          },
        },
      },
      `{"event":"entry.create","createdAt":"${AT}","model":"page","uid":"api::page.page",` +
        `"entry":{"id":1,"documentId":null,"blocks":[{"__component":"a.b","id":1,"file":${v5File(3)}}],` +
        '"publishedAt":null,"locale":null}}',
    ],
    [
      'a custom event',
      { type: 'order.shipped', model: 'order', data: { created_at: 'its own' } },
      `{"event":"order.shipped","createdAt":"${AT}","model":"order","data":{"created_at":"its own"}}`,
    ],
    ['the test', { type: 'trigger-test' }, `{"event":"trigger-test","createdAt":"${AT}"}`],
  ])('renders %s', (_, init, body) => {
    expect(renderBody({ ...V3, format: 'strapi-v5' }, recorded(init))).toEqual({
      rendering: 'strapi-v5',
      contentType: 'application/json',
      body,
    });
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
      /"locale":null\},"previous":\{"city":"Lyon"\}\}$/,
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

function file(id: number): JsonObject {
  return {
    id,
    name: 'a.png',
    hash: 'h',
    sha256: 's',
    ext: '.png',
    mime: 'image/png',
    size: 1.5,
    url: '/uploads/h.png',
    provider: 'local',
    provider_metadata: null,
    created_at: AT,
    updated_at: AT,
  };
}

function fileMore(id: number): JsonObject {
  return {
    documentId: `file${id}`,
    alternativeText: 'dot',
    caption: null,
    focalPoint: null,
    width: 1,
    height: 2,
    formats: null,
    previewUrl: null,
    publishedAt: AT,
    locale: null,
  };
}

function v5File(id: number, related = ''): string {
  return (
    `{"id":${id},"documentId":"file${id}","name":"a.png","alternativeText":"dot","caption":null,"focalPoint":null,` +
    '"width":1,"height":2,"formats":null,"hash":"h","ext":".png","mime":"image/png","size":1.5,' +
    `"url":"/uploads/h.png","previewUrl":null,"provider":"local","provider_metadata":null,${related}` +
    `"createdAt":"${AT}","updatedAt":"${AT}","publishedAt":"${AT}","locale":null}`
  );
}
