import { joinHeaders, splitHeaders } from './common-headers.js';

const facts = { eventId: 'evt', event: 'entry.create', number: 2, startedAt: 1_700_000_000_999 };

const HEADERS = {
  Authorization: '•••',
  'X-Strapi-Event': 'entry.create',
  'Content-Type': 'application/json',
  'webhook-id': 'evt',
  'webhook-timestamp': '1700000000',
  'X-Posthorn-Attempt': '2',
};

describe('splitHeaders', () => {
  it('keeps of one request nothing that follows from its delivery and its attempt', () => {
    expect(splitHeaders(HEADERS, facts)).toEqual({
      common: {
        Authorization: '•••',
        'X-Strapi-Event': null,
        'Content-Type': 'application/json',
        'webhook-id': null,
        'webhook-timestamp': null,
        'X-Posthorn-Attempt': null,
      },
      own: {},
    });
  });

  it('has the same common part for the next event and the next attempt', () => {
    const later = { eventId: 'other', event: 'media.update', number: 1, startedAt: 1_800_000_000_000 };
    const headers = {
      ...HEADERS,
      'X-Strapi-Event': 'media.update',
      'webhook-id': 'other',
      'webhook-timestamp': '1800000000',
      'X-Posthorn-Attempt': '1',
    };
    expect(JSON.stringify(splitHeaders(headers, later).common)).toBe(
      JSON.stringify(splitHeaders(HEADERS, facts).common),
    );
  });

  it.each([
    ['all', HEADERS],
    ['none, because the request was not built', {}],
    ['a trace, which nothing else tells', { ...HEADERS, traceparent: '00-aa-bb-01' }],
    ['a time that is not the attempt’s', { ...HEADERS, 'webhook-timestamp': '1700000001' }],
    ['names of every object', { ...HEADERS, constructor: '•••', toString: '•••' }],
  ])('gives back %s', (_, headers) => {
    const joined = joinHeaders(splitHeaders(headers, facts), facts);
    expect(Object.entries(joined)).toEqual(Object.entries(headers));
  });
});
