import fc from 'fast-check';
import { ManualClock } from '../../test/support/manual-clock.js';
import { TimeOrderedIds } from '../host/time-ordered-ids.js';
import { RequestValidationError } from './envelope-error.js';
import { toCursorPage, readCursor, readLimit, readTime, readPageRequest } from './pagination.js';

describe('a list by keyset', () => {
  it.each([
    [2, 3, ['3', '2'], '2'],
    [3, 3, ['3', '2', '1'], null],
    [4, 3, ['3', '2', '1'], null],
    [1, 0, [], null],
  ])('of pages of %i with %i rows', (limit, count, shown, nextCursor) => {
    const rows = Array.from({ length: Math.min(count, limit + 1) }, (_, n) => ({ id: String(count - n) }));
    expect(toCursorPage(rows, limit, ({ id }) => id)).toEqual({ data: shown, meta: { nextCursor } });
  });

  it('takes every id as a cursor', () => {
    fc.assert(
      fc.property(fc.nat(281_474_976_710_655), (at) => {
        const id = new TimeOrderedIds(new ManualClock(at)).next();
        expect(readCursor(id)).toBe(id);
      }),
    );
  });

  it('takes as a cursor what an id looks like, and refuses everything else with a sentence', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.uuid(), fc.stringMatching(/^[0-9a-f-]{36}\n?$/)), (text) => {
        const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) && text.length === 36;
        expect(outcomeOf(() => readCursor(text))).toBe(isId ? text : 'refused');
      }),
    );
  });

  it('reads a limit as a whole number from 1 to 200, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.nat(300).map(String)), (text) => {
        const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
        expect(outcomeOf(() => readLimit(text))).toBe(number >= 1 && number <= 200 ? number : 'refused');
      }),
    );
  });

  it('reads every time that it writes', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (at) => {
        expect(readTime('from', at.toISOString())).toBe(at.getTime());
      }),
    );
  });

  it('reads of a time a number or refuses it, whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\dTZ:.+-]{1,30}$/)), (text) => {
        const outcome = outcomeOf(() => readTime('from', text));
        expect(outcome === 'refused' || Number.isFinite(outcome)).toBe(true);
      }),
    );
  });

  it('asks for nothing where nothing is sent', () => {
    expect([readCursor(undefined), readLimit(undefined), readTime('to', undefined)]).toEqual([
      undefined,
      50,
      undefined,
    ]);
  });
});

/** What a parser gives; it may refuse, and do nothing else. */
function outcomeOf<T>(parse: () => T): T | 'refused' {
  try {
    return parse();
  } catch (error) {
    expect(error).toBeInstanceOf(RequestValidationError);
    return 'refused';
  }
}

describe('the page of a list', () => {
  it.each([
    [undefined, { page: 1, pageSize: 25 }],
    [{}, { page: 1, pageSize: 25 }],
    [{ page: '3' }, { page: 3, pageSize: 25 }],
    [
      { page: '2', pageSize: '100' },
      { page: 2, pageSize: 100 },
    ],
  ])('of %j is %j', (pagination, expected) => {
    expect(readPageRequest(pagination)).toEqual(expected);
  });

  it.each([
    '1',
    ['1'],
    { page: '0' },
    { page: '-1' },
    { page: '1.5' },
    { page: ['1', '2'] },
    { page: 'x' },
    { page: '' },
    { pageSize: '101' },
    { pageSize: '1e2' },
    { start: '0' },
  ])('is refused as %j', (pagination) => {
    expect(() => readPageRequest(pagination)).toThrow(RequestValidationError);
  });
});

describe('a page, whatever is asked', () => {
  it('is within the bounds, or refused', () => {
    const value = fc.oneof(fc.string(), fc.integer().map(String), fc.array(fc.string()), fc.anything());
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ page: value, pageSize: value })), (pagination) => {
        try {
          const { page, pageSize } = readPageRequest(pagination);
          expect(Number.isInteger(page) && page >= 1 && page <= 1_000_000).toBe(true);
          expect(Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= 100).toBe(true);
        } catch (error) {
          if (!(error instanceof RequestValidationError)) throw error;
        }
      }),
    );
  });
});
