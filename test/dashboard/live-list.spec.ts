import { isEmpty, matches, readFilter, writeFilter } from '../../src/dashboard/page/api/delivery-filter.js';
import type { Delivery } from '../../src/dashboard/page/api/views.js';
import { mergeDelivery, type Pages } from '../../src/dashboard/page/live/merge-delivery.js';
import { eventStreamParser } from '../../src/dashboard/page/live/parse-event-stream.js';

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
