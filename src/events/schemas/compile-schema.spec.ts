import { compileSchema } from './compile-schema.js';

describe('A pattern of a schema', () => {
  const of = (pattern: string) => compileSchema({ type: 'object', properties: { a: { pattern } } });

  it.each<[string, string, string]>([
    ['^[A-Z]{2}\\d+$', 'FR75', 'fr75'],
    ['^\\u00e9+$', 'éé', 'e'],
    ['\\p{Lu}', 'aB', 'ab'],
    ['(?<year>\\d{4})', '2026', '26'],
    ['^(a+)+$', 'a'.repeat(100), `${'a'.repeat(100_000)}b`],
    ['^\\\\k$', '\\k', 'k'],
  ])('%j takes and refuses as in JavaScript, in linear time', (pattern, good, bad) => {
    expect(of(pattern)({ a: good })).toEqual([]);
    expect(of(pattern)({ a: bad })).toEqual([{ path: ['a'], message: `must match pattern "${pattern}"` }]);
  });

  it('is told from another of the same schema', () => {
    const check = compileSchema({
      properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } },
      patternProperties: { '^(x+)+y$': { type: 'integer' } },
    });
    expect(check({ a: 'a', b: 'b', xxy: 1, [`${'x'.repeat(50_000)}`]: 'any' })).toEqual([]);
    expect(check({ a: 'b', b: 'a', xxy: 'no' }).map(({ path }) => path)).toEqual([['a'], ['b'], ['xxy']]);
  });

  it.each(['a(?=b)', '(?<!a)b', '(a)\\1', '(?<y>a)\\k<y>'])('%j is refused in words', (pattern) => {
    expect(() => of(pattern)).toThrow(
      `the pattern ${JSON.stringify(pattern)} cannot be used: patterns run on RE2, which has no lookahead, lookbehind or backreferences`,
    );
  });
});
