import fc from 'fast-check';
import { includesText } from './linear-search.js';

describe('A search in linear time', () => {
  it('finds what String.includes finds', () => {
    const text = (maxLength: number) =>
      fc.array(fc.constantFrom('a', 'a', 'b'), { maxLength }).map((units) => units.join(''));
    fc.assert(
      fc.property(text(40), text(400), text(400), (before, part, after) => {
        const long = `${'ab'.repeat(140)}${part}`;
        for (const searched of [`${before}${long}${after}`, `${before}${long.slice(1)}${after}`, after]) {
          expect(includesText(searched, long)).toBe(searched.includes(long));
        }
      }),
      { numRuns: 200 },
    );
  });
});
