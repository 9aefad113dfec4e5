import fc from 'fast-check';
import { RequestValidationError } from './envelope-error.js';
import { pageOf } from './page-query.js';

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
    expect(pageOf(pagination)).toEqual(expected);
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
    expect(() => pageOf(pagination)).toThrow(RequestValidationError);
  });
});

describe('a page, whatever is asked', () => {
  it('is within the bounds, or refused', () => {
    const value = fc.oneof(fc.string(), fc.integer().map(String), fc.array(fc.string()), fc.anything());
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ page: value, pageSize: value })), (pagination) => {
        try {
          const { page, pageSize } = pageOf(pagination);
          expect(Number.isInteger(page) && page >= 1 && page <= 1_000_000).toBe(true);
          expect(Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= 100).toBe(true);
        } catch (error) {
          if (!(error instanceof RequestValidationError)) throw error;
        }
      }),
    );
  });
});
