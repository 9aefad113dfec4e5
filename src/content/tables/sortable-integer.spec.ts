import fc from 'fast-check';
import { GREATEST_BIGINT, LEAST_BIGINT, SORTABLE_INTEGER } from './sortable-integer.js';

const stored = (value: bigint) => SORTABLE_INTEGER.to(String(value)) as string;

describe('a whole number of 64 bits in a column', () => {
  it('comes back as it went in, and sorts as text as it does as a number', () => {
    const any = fc.bigInt({ min: LEAST_BIGINT, max: GREATEST_BIGINT });
    fc.assert(
      fc.property(any, any, (one, other) => {
        expect(SORTABLE_INTEGER.from(stored(one))).toBe(String(one));
        expect(stored(one) < stored(other)).toBe(one < other);
      }),
    );
  });

  it.each([LEAST_BIGINT, -1n, 0n, GREATEST_BIGINT])('takes %s in 20 characters', (value) => {
    expect(stored(value)).toHaveLength(20);
  });

  it('is null where there is none', () => {
    expect([SORTABLE_INTEGER.to(null), SORTABLE_INTEGER.from(null)]).toEqual([null, null]);
  });
});
