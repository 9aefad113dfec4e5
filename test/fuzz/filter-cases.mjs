// Filters that use every function of the language, over events that make it cost as much as it can, in any size.

/** A text that a pattern over a and b has to look at to its end. */
const text = (n) => 'ab'.repeat(n / 2);
const list = (n) => Array.from({ length: n }, (_, index) => index);
const keys = (n) => Object.fromEntries(list(n).map((index) => [`k${index}`, index]));
const nested = (n, wrap) => list(n).reduce((inner) => wrap(inner), 1);
const over = (filter, data) => ({ filter, data });

/**
 * Cases by the function, method or operator that they are about. A case takes a size, and returns a filter and the data
 * of an event; the cost of the one over the other may grow with the size, and not faster.
 *
 * @type {Record<string, ((size: number) => {filter: string, data: object})[]>}
 */
export const FUNCTION_CASES = {
  has: [(n) => over('data.list.all(x, has(data.text))', { list: list(n), text: '' })],
  type: [
    (n) => over('type(data.keys) == map', { keys: keys(n) }),
    (n) => over('type(data.deep) == list', { deep: nested(n / 20, (inner) => [inner]) }),
  ],
  dyn: [(n) => over('dyn(data.keys) == 1', { keys: keys(n) })],
  bool: [(n) => over('bool(data.text)', { text: text(n) })],
  int: [(n) => over('int(data.text) == 1', { text: '9'.repeat(n) })],
  double: [
    (n) => over('double(data.text) == 1.0', { text: '9'.repeat(n) }),
    (n) => over('double(data.text) == 1.0', { text: `0.${'1'.repeat(n)}e` }),
  ],
  string: [
    (n) => over('string(data.text) == ""', { text: text(n) }),
    (n) => over('data.list.all(x, string(x) != "")', { list: list(n) }),
  ],
  timestamp: [(n) => over('timestamp(data.text) > createdAt', { text: '2'.repeat(n) })],
  duration: [
    (n) => over('duration(data.text) > duration("1s")', { text: '9'.repeat(n) }),
    (n) => over('duration(data.text) > duration("1s")', { text: '1ns'.repeat(n / 3) }),
    (n) => over('duration(data.text) > duration("1s")', { text: `${'.'.repeat(n)}s` }),
    (n) => over('data.list.all(x, duration(data.text) > duration("1s"))', { list: list(n), text: '1h1m1s' }),
  ],
};

/** The same, by the method that they are about. */
export const METHOD_CASES = {
  size: [
    (n) => over('data.text.size() == 1', { text: text(n) }),
    (n) => over('data.list.size() == 1', { list: list(n) }),
    (n) => over('data.keys.size() == 1', { keys: keys(n) }),
    (n) => over('size(data.text) + size(data.keys) == 1', { text: text(n), keys: keys(n) }),
  ],
  startsWith: [(n) => over('data.text.startsWith(data.part)', { text: text(n), part: `${text(n)}c` })],
  endsWith: [(n) => over('data.text.endsWith(data.part)', { text: text(n), part: text(n) })],
  contains: [
    (n) => over('data.text.contains(data.part)', { text: 'a'.repeat(n), part: `b${'a'.repeat(n / 2)}` }),
    (n) => over('data.text.contains(data.part)', { text: 'a'.repeat(n), part: `${'a'.repeat(n / 2)}b` }),
    (n) => over('data.text.contains(data.part)', { text: 'a'.repeat(n), part: `b${'a'.repeat(200)}` }),
  ],
  matches: [
    (n) => over('data.text.matches("(a+)+$")', { text: `${'a'.repeat(n)}b` }),
    (n) => over('data.text.matches("(a|b)*a(a|b){20}[cd]")', { text: text(n) }),
    (n) => over('data.text.matches("(?:a?){20}a{20}c")', { text: 'a'.repeat(n) }),
  ],
  lowerAscii: [(n) => over('data.text.lowerAscii() == ""', { text: 'ΐA'.repeat(n / 2) })],
  upperAscii: [(n) => over('data.text.upperAscii() == ""', { text: 'ΐß'.repeat(n / 2) })],
  trim: [(n) => over('data.text.trim() == ""', { text: `${' '.repeat(n / 2)}a${' '.repeat(n / 2)}` })],
  all: [(n) => over('data.list.all(x, x >= 0)', { list: list(n) })],
  exists: [
    (n) => over('data.list.exists(x, x < 0)', { list: list(n) }),
    (n) => over('data.list.exists(x, data.nothing == x)', { list: list(n) }),
    (n) => over('data.keys.exists(key, key == "")', { keys: keys(n) }),
  ],
  exists_one: [(n) => over('data.list.exists_one(x, x < 0)', { list: list(n) })],
  filter: [(n) => over('data.list.filter(x, x >= 0).size() == 0', { list: list(n) })],
  map: [
    (n) => over('data.list.map(x, x + 1.0).size() == 0', { list: list(n) }),
    (n) => over('data.list.map(x, x > 1, x).size() == 0', { list: list(n) }),
  ],
};

for (const part of ['FullYear', 'Month', 'Date', 'DayOfMonth', 'DayOfWeek', 'DayOfYear']) {
  METHOD_CASES[`get${part}`] = [
    (n) => over(`data.list.all(x, createdAt.get${part}() < 0)`, { list: list(n) }),
  ];
}
for (const part of ['Hours', 'Minutes', 'Seconds', 'Milliseconds']) {
  METHOD_CASES[`get${part}`] = [
    (n) => over(`data.list.all(x, createdAt.get${part}() >= 0)`, { list: list(n) }),
    (n) => over(`data.list.all(x, duration("1h").get${part}() >= 0)`, { list: list(n) }),
  ];
}

/** The same, by the operator that they are about. */
export const OPERATOR_CASES = {
  '==': [
    (n) => over('data.a == data.b', { a: list(n), b: list(n) }),
    (n) => over('data.a == data.b', { a: keys(n), b: keys(n) }),
    (n) => over('data.a == data.b', { a: text(n), b: text(n) }),
    (n) =>
      over('data.a == data.b', {
        a: nested(n / 20, (inner) => [inner]),
        b: nested(n / 20, (inner) => [inner]),
      }),
    (n) => over('data.a == 1', { a: nested(n / 20, (inner) => ({ inner })) }),
  ],
  '<': [
    (n) => over('data.a < 1', { a: keys(n) }),
    (n) => over('data.a < data.b', { a: text(n), b: text(n) }),
    (n) => over('data.a < data.b', { a: nested(n / 20, (inner) => [inner]), b: 1 }),
  ],
  '+': [
    (n) => over('data.a + data.b == ""', { a: text(n), b: text(n) }),
    (n) => over('(data.a + data.b).size() == 0', { a: list(n), b: list(n) }),
  ],
  in: [
    (n) => over('-1.0 in data.list', { list: list(n) }),
    (n) => over('"a" in data.keys', { keys: keys(n) }),
    (n) => over('data.text in data.list', { list: list(n / 20).map(() => text(20)), text: text(20) }),
  ],
  '[]': [
    (n) => over('data[data.text] == 1', { text: text(n) }),
    (n) => over('data.list[int(data.last)] == 1', { list: list(n), last: n - 1 }),
    (n) => over('data.keys.k1 == 1 && data.constructor == 1', { keys: keys(n), constructor: 1 }),
  ],
};
