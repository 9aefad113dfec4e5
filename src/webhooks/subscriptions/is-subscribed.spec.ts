import { isSubscribed, type SubscribableEvent, type Subscription } from './is-subscribed.js';

const ADDRESS = 'api::address.address';

const event = (init: Partial<SubscribableEvent> = {}): SubscribableEvent => ({
  type: 'entry.create',
  uid: ADDRESS,
  tenant: null,
  ...init,
});

const webhook = (init: Partial<Subscription> = {}): Subscription => ({
  events: [],
  contentTypeEvents: {},
  tenant: null,
  ...init,
});

describe('isSubscribed', () => {
  it.each<[string, Partial<Subscription>, Partial<SubscribableEvent>, boolean]>([
    ['a listed event', { events: ['entry.create'] }, {}, true],
    ['an event that is not listed', { events: ['entry.update'] }, {}, false],
    ['no event for an empty list', {}, {}, false],
    ['every event for *', { events: ['*'] }, { type: 'order.shipped', uid: null }, true],
    ['no operational event for *', { events: ['*'] }, { type: 'delivery.exhausted', uid: null }, false],
    [
      'an operational event by name',
      { events: ['*', 'webhook.disabled'] },
      { type: 'webhook.disabled' },
      true,
    ],
    ['operational events by prefix', { events: ['delivery.*'] }, { type: 'delivery.recovered' }, true],
    ['the events of a prefix', { events: ['entry.*'] }, { type: 'entry.delete' }, true],
    ['no event of another prefix', { events: ['entry.*'] }, { type: 'media.create' }, false],
    ['no event that begins alike', { events: ['entry.*'] }, { type: 'entryway.create' }, false],
    ['no event named as the prefix itself', { events: ['entry.*'] }, { type: 'entry' }, false],
    ['an event of the content type', { contentTypeEvents: { [ADDRESS]: ['entry.create'] } }, {}, true],
    ['no other of the content type', { contentTypeEvents: { [ADDRESS]: ['entry.delete'] } }, {}, false],
    ['none of another content type', { contentTypeEvents: { 'api::a.a': ['entry.create'] } }, {}, false],
    ['none without a uid', { contentTypeEvents: { [ADDRESS]: ['entry.create'] } }, { uid: null }, false],
    ['none whose uid is a word of the language', {}, { uid: 'constructor' }, false],
    ['its tenant for a webhook with one', { events: ['*'], tenant: 'a' }, { tenant: 'a' }, true],
    ['no other tenant for a webhook with one', { events: ['*'], tenant: 'a' }, { tenant: 'b' }, false],
    ['nobody in particular for a webhook with a tenant', { events: ['*'], tenant: 'a' }, {}, false],
    ['no hidden event for *', { events: ['*'], hiddenEvents: ['entry.create'] }, {}, false],
    ['no hidden event for a prefix', { events: ['entry.*'], hiddenEvents: ['entry.create'] }, {}, false],
    ['a hidden event by its name', { events: ['entry.create'], hiddenEvents: ['entry.create'] }, {}, true],
    ['every tenant for a webhook without one', { events: ['*'] }, { tenant: 'b' }, true],
  ])('tells %s', (_, ofWebhook, ofEvent, expected) => {
    expect(isSubscribed(webhook(ofWebhook), event(ofEvent))).toBe(expected);
  });
});
