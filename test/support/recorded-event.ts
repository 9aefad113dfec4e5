import type { RecordedEvent } from '../../src/webhooks/formats/recorded-event.js';

/** An event as it was recorded, that of an entry's creation unless told. */
export const recorded = (init: Partial<RecordedEvent>): RecordedEvent => ({
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
