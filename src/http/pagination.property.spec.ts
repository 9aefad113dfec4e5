import fc from 'fast-check';
import { firstIdAt, timeOf } from '../host/time-ordered-ids.js';
import { RequestValidationError } from './envelope-error.js';
import { MOST_LIMIT, toCursorPage, readCursor, readLimit, readTime } from './pagination.js';

/** What is read, or null where it is refused as the caller's fault; whatever else is thrown is thrown. */
function orRefused<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RequestValidationError) return null;
    throw error;
  }
}

describe('a page', () => {
  it('has no more rows than asked for, and a cursor when there are more', () => {
    fc.assert(
      fc.property(fc.array(fc.uuid(), { maxLength: 20 }), fc.integer({ min: 1, max: 20 }), (ids, limit) => {
        const { data, meta } = toCursorPage(
          ids.slice(0, limit + 1).map((id) => ({ id })),
          limit,
          ({ id }) => id,
        );
        expect(data).toEqual(ids.slice(0, limit));
        expect(meta.nextCursor).toBe(ids.length > limit ? data.at(-1) : null);
        expect(readCursor(meta.nextCursor ?? undefined)).toBe(meta.nextCursor ?? undefined);
      }),
    );
  });
});

describe('a limit', () => {
  it('is a whole number within the bounds, or refused', () => {
    const text = fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String));
    fc.assert(
      fc.property(text, (text) => {
        const limit = orRefused(() => readLimit(text));
        const isOne = /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_LIMIT;
        expect(limit).toBe(isOne ? Number(text) : null);
      }),
    );
  });
});

describe('a cursor', () => {
  it('is an id as it was given, or refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uuid(),
          fc.uuid().map((id) => `${id}\n`),
        ),
        (text) => {
          const isOne = /^[0-9a-f-]{36}$/.test(text) && !text.endsWith('\n');
          if (isOne) expect(readCursor(text)).toBe(text);
          else expect(orRefused(() => readCursor(text))).toBeNull();
        },
      ),
    );
  });
});

describe('a time', () => {
  it.each([
    ['2020-01-10', Date.UTC(2020, 0, 10)],
    ['2020-01-10T08:47:36Z', Date.UTC(2020, 0, 10, 8, 47, 36)],
    ['2020-01-10T08:47:36.649Z', Date.UTC(2020, 0, 10, 8, 47, 36, 649)],
    ['2020-01-10T10:47+02:00', Date.UTC(2020, 0, 10, 8, 47)],
    ['1578646056649', 1_578_646_056_649],
  ])('is read: %s', (text, expected) => {
    expect(readTime('from', text)).toBe(expected);
  });

  it.each([
    '',
    'yesterday',
    '2020',
    '2020-13-01',
    '2020-01-10T25:00:00Z',
    '1e12',
    '-1',
    '9'.repeat(16),
    ' 2020-01-10',
  ])('is refused: %j', (text) => {
    expect(() => readTime('from', text)).toThrow(/^from must be a time such as/);
  });

  it('comes back from its own text', () => {
    const date = fc.date({
      min: new Date(0),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (date) => {
        expect(readTime('from', date.toISOString())).toBe(date.getTime());
      }),
    );
  });

  it('is a finite moment or refused, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const at = orRefused(() => readTime('from', text));
        expect(at === null || Number.isSafeInteger(at)).toBe(true);
      }),
    );
  });

  it('is a bound of ids that grows with it, as far as ids reach', () => {
    const ms = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    fc.assert(
      fc.property(ms, ms, (one, other) => {
        expect(timeOf(firstIdAt(one))).toBe(one);
        expect(firstIdAt(one) < firstIdAt(other)).toBe(one < other);
      }),
    );
  });

  it('beyond that is the end, and never the beginning', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 48, max: 999_999_999_999_999 }), (ms) => {
        expect(firstIdAt(ms) >= firstIdAt(2 ** 48 - 1)).toBe(true);
      }),
    );
  });
});
