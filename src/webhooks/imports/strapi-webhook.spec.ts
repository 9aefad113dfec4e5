import { readStrapiWebhook, type StrapiWebhookRow } from './strapi-webhook.js';

const known = {
  hasEvent: (name: string) => ['entry.create', 'entry.update', 'media.create'].includes(name),
  hasContentType: (uid: string) => uid === 'api::address.address',
};

const read = (init: Partial<StrapiWebhookRow>) =>
  readStrapiWebhook(
    {
      id: 1,
      name: 'search',
      url: 'https://example.com',
      headers: '{}',
      events: '["entry.create"]',
      enabled: 1,
      ...init,
    },
    known,
  );

describe('one of Strapi’s webhooks', () => {
  it('is taken as it is', () => {
    expect(
      read({
        headers: '{"X-Key":"a"}',
        content_type_events: '{"api::address.address":["entry.update"]}',
      }),
    ).toEqual({
      kind: 'webhook',
      input: {
        name: 'search',
        url: 'https://example.com',
        headers: { 'X-Key': 'a' },
        events: ['entry.create'],
        contentTypeEvents: { 'api::address.address': ['entry.update'] },
      },
      isEnabled: true,
      disabledReason: null,
      notes: [],
    });
  });

  it.each<[string, Partial<StrapiWebhookRow>, object]>([
    ['null headers', { headers: null }, { headers: {} }],
    ['headers that are JSON null', { headers: 'null' }, { headers: {} }],
    ['headers that were read already', { headers: { a: 'b' } }, { headers: { a: 'b' } }],
    ['headers as bytes', { headers: Buffer.from('{"a":"b"}') }, { headers: { a: 'b' } }],
    ['null events', { events: null }, { events: [] }],
    ['events that were read already', { events: ['media.create'] }, { events: ['media.create'] }],
    ['an event named twice', { events: '["entry.create","entry.create"]' }, { events: ['entry.create'] }],
    ['null lists of content types', { content_type_events: null }, { contentTypeEvents: {} }],
  ])('may have %s', (_, init, input) => {
    expect(read(init)).toMatchObject({ kind: 'webhook', input, disabledReason: null, notes: [] });
  });

  it.each<[unknown, string | null]>([
    [0, 'disabled-in-strapi'],
    [false, 'disabled-in-strapi'],
    ['0', 'disabled-in-strapi'],
    [1, null],
    [true, null],
    ['true', null],
    [null, 'disabled-in-strapi'],
    [2, 'disabled-in-strapi'],
  ])('whose column enabled is %j is disabled for %j', (enabled, disabledReason) => {
    expect(read({ enabled })).toMatchObject({ disabledReason });
  });

  it('wants what is unknown here: it is kept, disabled, with the rest', () => {
    expect(
      read({
        events: '["entry.create","releases.publish"]',
        content_type_events: '{"api::address.address":["entry.update","a.b"],"api::no.no":["entry.create"]}',
      }),
    ).toMatchObject({
      input: {
        events: ['entry.create'],
        contentTypeEvents: { 'api::address.address': ['entry.update'] },
      },
      disabledReason: 'unknown-events: releases.publish, api::address.address a.b, api::no.no entry.create',
      notes: [
        'disabled, for it wants what is unknown here: releases.publish, api::address.address a.b, api::no.no entry.create',
      ],
    });
  });

  it('has a reason that fits its column, however much is unknown', () => {
    const events = JSON.stringify(Array.from({ length: 100 }, (_, n) => `no.such-${n}`));
    const { disabledReason } = read({ events }) as { disabledReason: string };
    expect(disabledReason).toHaveLength(255);
  });

  it('loses the headers that are ours to set', () => {
    expect(read({ headers: '{"Content-Type":"application/json","X-Key":"a"}' })).toMatchObject({
      input: { headers: { 'X-Key': 'a' } },
      notes: ['without the headers that are set by this server: Content-Type'],
    });
  });

  it.each<[Partial<StrapiWebhookRow>, string]>([
    [{ headers: '{' }, 'its headers are no JSON object'],
    [{ headers: '[]' }, 'its headers are no JSON object'],
    [{ headers: '"a"' }, 'its headers are no JSON object'],
    [{ events: 'entry.create' }, 'its events are no JSON array of names'],
    [{ events: '{}' }, 'its events are no JSON array of names'],
    [{ events: '[1]' }, 'its events are no JSON array of names'],
    [
      { content_type_events: '{"api::address.address":"entry.create"}' },
      'its content_type_events are no JSON object of arrays of names',
    ],
    [{ content_type_events: '[' }, 'its content_type_events are no JSON object of arrays of names'],
  ])('%j is not guessed at', (init, reason) => {
    expect(read(init)).toEqual({ kind: 'unreadable', reason });
  });
});
