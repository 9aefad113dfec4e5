import { isEmpty, matches, readFilter, writeFilter } from '../../src/dashboard/page/api/delivery-filter.js';
import type { Delivery } from '../../src/dashboard/page/api/views.js';
import { toCurl } from '../../src/dashboard/page/format/curl.js';
import { duration } from '../../src/dashboard/page/format/durations.js';
import { percent } from '../../src/dashboard/page/format/numbers.js';
import { mergeDelivery, type Pages } from '../../src/dashboard/page/live/merge-delivery.js';
import { eventStreamParser } from '../../src/dashboard/page/live/parse-event-stream.js';
import { groupsOf, isCovered, uidsIn } from '../../src/dashboard/page/webhook-form/event-groups.js';
import {
  faultsByField,
  NEW_WEBHOOK,
  readSchedule,
  toFormState,
  toInput,
} from '../../src/dashboard/page/webhook-form/form-state.js';

const delivery = (id: string, change: Partial<Delivery> = {}): Delivery => ({
  id,
  webhookId: 'w1',
  eventId: `e-${id}`,
  event: 'entry.create',
  state: 'succeeded',
  reason: null,
  attemptCount: 1,
  lastStatusCode: 200,
  nextAttemptAt: null,
  createdAt: '2026-01-10T08:00:00.000Z',
  finishedAt: null,
  ...change,
});

describe('The filter in the address', () => {
  it('is what was written, in one order, without what is empty or unknown', () => {
    const query = new URLSearchParams('id=%20d1%20&state=failed&webhookId=&colour=blue');
    expect(readFilter(query)).toEqual({ id: 'd1', state: 'failed' });
    expect(writeFilter(readFilter(query)).toString()).toBe('state=failed&id=d1');
    expect(isEmpty(readFilter(new URLSearchParams('colour=blue')))).toBe(true);
  });

  it.each([
    [{}, true],
    [{ state: 'failed' }, false],
    [{ webhookId: 'w1', event: 'entry.create' }, true],
    [{ webhookId: 'w2' }, false],
    [{ event: 'entry.update' }, false],
    [{ statusClass: '2xx' }, true],
    [{ statusClass: 'none' }, false],
    [{ id: 'd1' }, true],
    [{ id: 'e-d1' }, true],
    [{ id: 'd2' }, false],
    [{ from: '2026-01-10T08:00:00.000Z', to: '2026-01-10T08:00:00.001Z' }, true],
    [{ to: '2026-01-10T08:00:00.000Z' }, false],
  ])('%j means a delivery, or does not: %s', (filter, expected) => {
    expect(matches(filter, delivery('d1'))).toBe(expected);
  });
});

describe('A list that is told of a delivery', () => {
  const list = (ids: string[][], nextCursor: string | null = 'more'): Pages => ({
    pages: ids.map((page, at) => ({
      data: page.map((id) => delivery(id)),
      meta: { nextCursor: at === ids.length - 1 ? nextCursor : page.at(-1)! },
    })),
    pageParams: ids.map(() => null),
  });
  const idsOf = ({ pages }: Pages) => pages.map(({ data }) => data.map(({ id }) => id));

  it('puts a new one on top', () => {
    expect(idsOf(mergeDelivery(list([['d5', 'd4'], ['d2']]), {}, delivery('d6')))).toEqual([
      ['d6', 'd5', 'd4'],
      ['d2'],
    ]);
  });

  it('puts one that was told late into its place', () => {
    expect(idsOf(mergeDelivery(list([['d5', 'd4'], ['d2']]), {}, delivery('d3')))).toEqual([
      ['d5', 'd4'],
      ['d3', 'd2'],
    ]);
  });

  it('replaces one that has changed, where it stands', () => {
    const after = mergeDelivery(list([['d5', 'd4']]), {}, delivery('d4', { state: 'failed' }));
    expect(idsOf(after)).toEqual([['d5', 'd4']]);
    expect(after.pages[0]!.data[1]!.state).toBe('failed');
  });

  it('takes out one that no longer belongs', () => {
    const after = mergeDelivery(
      list([['d5', 'd4']]),
      { state: 'succeeded' },
      delivery('d4', { state: 'failed' }),
    );
    expect(idsOf(after)).toEqual([['d5']]);
  });

  it('leaves out one that does not belong, and one that is older than what is loaded', () => {
    const before = list([['d5', 'd4']]);
    expect(mergeDelivery(before, { state: 'failed' }, delivery('d6'))).toBe(before);
    expect(mergeDelivery(before, {}, delivery('d1'))).toBe(before);
  });

  it('adds an older one at the end where everything is loaded', () => {
    expect(idsOf(mergeDelivery(list([['d5', 'd4']], null), {}, delivery('d1')))).toEqual([
      ['d5', 'd4', 'd1'],
    ]);
    expect(idsOf(mergeDelivery(list([[]], null), {}, delivery('d1')))).toEqual([['d1']]);
  });
});

describe('The stream of changes', () => {
  it.each([
    ['in one piece', ['event: delivery\ndata: {"id":1}\n\nevent: many\ndata: {"count":9}\n\n']],
    [
      'cut anywhere',
      ['event: deli', 'very\nda', 'ta: {"id":1}\n', '\nevent: many\r', '\ndata: {"count":9}\r\n\r', '\n'],
    ],
    [
      'with comments and fields it does not know',
      [': hello\n\nid: 7\nevent: delivery\ndata: {"id":1}\n\n:\n\nevent: many\ndata: {"count":9}\n\n'],
    ],
  ])('is read %s', (_, pieces) => {
    const parse = eventStreamParser();
    expect(pieces.flatMap(parse)).toEqual([
      { event: 'delivery', data: '{"id":1}' },
      { event: 'many', data: '{"count":9}' },
    ]);
  });

  it('joins the lines of one event and tells nothing of an event that is not whole', () => {
    const parse = eventStreamParser();
    expect(parse('data: a\ndata:b\n\ndata: c\n')).toEqual([{ event: 'message', data: 'a\nb' }]);
  });
});

describe('A webhook in the form', () => {
  const webhook = {
    id: 'w1',
    name: 'search',
    url: 'https://example.com/hook',
    headers: { Authorization: '••••••' },
    events: ['entry.*'],
    isEnabled: true,
    contentTypeEvents: { 'api::address.address': ['entry.create'] },
    format: 'standard',
    timeoutMs: 10_000,
    retrySchedule: [5, 300],
    rateLimit: null,
    concurrency: 4,
    ordering: 'none' as const,
    tenant: null,
    disabledReason: null,
    createdAt: '',
    updatedAt: '',
    health: { lastSuccessAt: null, consecutiveFailures: 0, pausedUntil: null },
  };

  it('that nobody touched sends only what the API asks for, and keeps masked values masked', () => {
    const form = toFormState(webhook);
    expect(toInput(form, form)).toEqual({
      name: 'search',
      url: 'https://example.com/hook',
      headers: { Authorization: '••••••' },
      events: ['entry.*'],
    });
  });

  it('sends what was changed, and null for what was emptied', () => {
    const before = toFormState(webhook);
    const form = {
      ...before,
      concurrency: '' as const,
      rateLimit: 5,
      retrySchedule: '',
      filter: ' true ',
      contentTypeEvents: [],
    };
    expect(toInput(form, before)).toMatchObject({
      concurrency: null,
      rateLimit: 5,
      retrySchedule: null,
      filter: 'true',
      contentTypeEvents: {},
    });
  });

  it('that is new leaves out headers without a name', () => {
    const form = {
      ...NEW_WEBHOOK,
      name: 'a',
      url: ' http://b ',
      headers: [
        { name: '', value: '' },
        { name: ' X-A ', value: '1' },
      ],
    };
    expect(toInput(form, NEW_WEBHOOK)).toEqual({
      name: 'a',
      url: 'http://b',
      headers: { 'X-A': '1' },
      events: [],
    });
  });

  it.each([
    ['', null],
    ['5', [5]],
    [' 5, 0.5 ,300 ', [5, 0.5, 300]],
    ['5,,6', undefined],
    ['soon', undefined],
    ['-1', undefined],
  ])('has a schedule %j, which is %j', (text, seconds) => {
    expect(readSchedule(text)).toEqual(seconds);
  });

  it('shows each fault at its field, and the rest together', () => {
    expect(
      faultsByField([
        { path: ['url'], message: 'a' },
        { path: ['headers', 'X-A'], message: 'b' },
        { path: ['headers', 'X-B'], message: 'c' },
        { path: ['tls'], message: 'd' },
        { path: [], message: 'e' },
      ]),
    ).toEqual({ url: 'a', headers: 'b; c', '': 'd; e' });
  });
});

describe('The choice of events', () => {
  it('groups them by their first part', () => {
    const types = ['entry.create', 'media.create', 'entry.update'].map((name) => ({ name }));
    expect(groupsOf(types).map(([prefix, of]) => [prefix, of.length])).toEqual([
      ['entry', 2],
      ['media', 1],
    ]);
  });

  it.each([
    ['entry.create', ['*'], true],
    ['entry.*', ['*'], true],
    ['*', ['*'], false],
    ['webhook.disabled', ['*'], false],
    ['delivery.*', ['*'], false],
    ['delivery.exhausted', ['delivery.*'], true],
    ['entry.create', ['entry.*'], true],
    ['entry.*', ['entry.*'], false],
    ['media.create', ['entry.*'], false],
  ])('%s is covered by %j: %s', (name, chosen, expected) => {
    expect(isCovered(name, chosen)).toBe(expected);
  });

  it('finds content types wherever a schema names them', () => {
    expect(
      uidsIn([
        {
          schema: { properties: { uid: { enum: ['api::b.b', 'api::a.a'] } } },
          example: { 'plugin::c.c': 1, x: 'api::' },
        },
      ]),
    ).toEqual(['api::a.a', 'api::b.b', 'plugin::c.c']);
  });
});

describe('What the page writes', () => {
  it('is a curl command for any body and header, without what is masked and without a length', () => {
    expect(
      toCurl({
        url: "https://example.com/a?b='c'",
        headers: { 'Content-Type': 'application/json', Authorization: '••••••', 'Content-Length': '9' },
        body: `{"it's": "$HOME"}`,
      }),
    ).toBe(
      [
        `curl -X POST 'https://example.com/a?b='\\''c'\\'''`,
        `-H 'Content-Type: application/json'`,
        `-H 'Authorization: <Authorization>'`,
        `--data-raw '{"it'\\''s": "$HOME"}'`,
      ].join(' \\\n  '),
    );
  });

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_500, '1.5 s'],
    [59_000, '59 s'],
    [312_000, '5 min 12 s'],
    [7_500_000, '2 h 5 min'],
    [3_600_000, '1 h'],
    [273_600_000, '3 d 4 h'],
  ])('is the length of time %d as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [null, '–'],
    [1, '100 %'],
    [0, '0 %'],
    [0.99999, '99.99 %'],
    [0.9951, '99.51 %'],
    [0.5, '50 %'],
    [0.0001, '0.1 %'],
  ])('is the share %d as %s', (share, text) => {
    expect(percent(share)).toBe(text);
  });
});
