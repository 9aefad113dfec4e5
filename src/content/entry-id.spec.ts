import fc from 'fast-check';
import { parseId, isId } from './entry-id.js';

describe('an entry’s id', () => {
  it.each([
    ['1', 1],
    ['2147483647', 2_147_483_647],
    ['2147483648', null],
    ['0', null],
    ['01', null],
    ['-1', null],
    ['1.0', null],
    ['1e3', null],
    [' 1', null],
    ['1\n', null],
    ['١', null],
  ])('in %j is %p', (text, id) => {
    expect(parseId(text)).toBe(id);
  });

  it('is a number that its column holds, written as that number is, or none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)), (text) => {
        const id = parseId(text);
        if (id === null) return;
        expect(isId(id)).toBe(true);
        expect(String(id)).toBe(text);
      }),
    );
  });
});
