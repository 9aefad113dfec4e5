import type { RecordedEvent } from './recorded-event.js';
import { renderBody } from './render-body.js';

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
    expect(renderBody('strapi-v3', recorded(init))).toEqual({
      rendering: 'strapi-v3',
      contentType: 'application/json',
      body,
    });
  });

  it('refuses a format that there is not', () => {
    expect(() => renderBody('xml', recorded({}))).toThrow('There is no format "xml". There are: strapi-v3.');
  });
});
