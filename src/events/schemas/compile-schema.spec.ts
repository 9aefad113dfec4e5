import type { JsonValue } from '../json.js';
import { compileSchema } from './compile-schema.js';

describe('The format of a text in a schema', () => {
  const check = compileSchema({
    properties: { a: { format: 'url' }, b: { format: 'email' }, c: { format: 'uri' } },
  });

  it.each([
    ['https://example.com', true],
    ['HTTP://user:pass@example.com:8080/a/b?c=d#e', true],
    ['ftp://a@b@example.com/', true],
    ['https://8.8.8.8/x', true],
    ['https://example.com/a b', false],
    ['https://@example.com', false],
    ['https://10.0.0.1/', false],
    ['https://example', false],
    ['mailto:a@example.com', false],
    ['https://', false],
    ['', false],
  ])('knows of %j whether it is a URL: %j', (a, isValid) => {
    expect(check({ a }).length).toBe(isValid ? 0 : 1);
  });

  it.each([':', '::', 'a:', '@', 'a.', '1.', '-', 'a-', '%20'])(
    'is checked in time linear in it: %j',
    (piece) => {
      const text = `http://${piece.repeat(400_000)}`;
      expect(check({ a: text, b: text, c: text }).map(({ path }) => path)).toContainEqual(['a']);
    },
  );
});

describe('Items of a list that a schema wants to differ', () => {
  const check = compileSchema({ properties: { a: { uniqueItems: true }, b: { uniqueItems: false } } });

  it.each<[JsonValue, boolean]>([
    [[], true],
    [[1, '1', true, 'true', null, 'null', [], {}, [1], ['1'], '[1]', { a: 1 }, [['a', 1]]], true],
    [
      [
        { a: 1, b: [2] },
        { b: [2], a: 1 },
      ],
      false,
    ],
    [[{ a: { c: 1, d: 2 } }, { a: { d: 2, c: 1 } }], false],
    [
      [
        [1, 2],
        [2, 1],
      ],
      true,
    ],
    [[0, -0], false],
    [[1, 1.0], false],
    ['no list', true],
  ])('are told apart in %j: %j', (a, areDistinct) => {
    expect(check({ a }).map(({ path, message }) => [...path, message])).toEqual(
      areDistinct ? [] : [['a', 'must NOT have duplicate items']],
    );
    expect(check({ b: a })).toEqual([]);
  });

  it('are compared in time linear in the list', () => {
    const items = Array.from({ length: 200_000 }, (_, n) => (n % 2 === 0 ? n : { n }));
    expect(check({ a: items })).toEqual([]);
    expect(check({ a: [...items, { n: 1 }] })).toHaveLength(1);
  });
});

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
