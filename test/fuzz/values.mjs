/** Text that has broken programs. Nothing of it leads off this machine. */
const TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\r\nX-Injected: 1',
  '\ud800',
  '\udfff\ud800',
  '\u202e\u0000\ufeff',
  '💩'.repeat(64),
  'é'.repeat(255),
  'a'.repeat(256),
  'a'.repeat(2_049),
  'İ'.repeat(90),
  '" OR 1=1 --',
  "'; DROP TABLE webhooks; --",
  "\\'; SELECT SLEEP(5); --",
  '%00',
  '%s%s%n',
  '${7*7}',
  '{{constructor.constructor("return process")()}}',
  '<script>alert(1)</script>',
  '../../../../etc/passwd',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'NaN',
  'null',
  'undefined',
  '[object Object]',
  '1e999',
  '-0',
  '0x10',
  '99999999999999999999',
  '9007199254740993',
  '2147483648',
  '0000-00-00',
  '2020-02-30',
  '9999-12-31T23:59:59.999Z',
  '0000-01-01T00:00:00Z',
  '2020-01-01T00:00:00+99:99',
  '999999999999999',
  '281474976710656',
  'entry.*',
  '*',
  '.*',
  'http://127.0.0.1:9/',
  'http://[::1]/',
  'http://10.0.0.1/',
  'http://localhost:1/',
  'http://2130706433/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'http://user:pass@127.0.0.1/',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'a,b,c,,,',
  'city:desc,city:asc,id:desc',
  '[',
  ']',
  '[][]',
  '/',
  '\\',
];

const NUMBERS = [
  0,
  -0,
  -1,
  0.1,
  1e21,
  -1e21,
  1e308,
  5e-324,
  2 ** 31,
  2 ** 53,
  2 ** 53 + 2,
  999_999_999_999_999,
  599,
  600,
];

/** Any JSON value at all, now and then a large or a deep one. */
export function anyValue(random, depth = 0) {
  const kind = random.next();
  if (kind < 0.45) return anyText(random);
  if (kind < 0.6) return random.pick(NUMBERS);
  if (kind < 0.72) return random.pick([null, true, false]);
  if (depth > 3) return anyText(random);
  if (kind < 0.82)
    return Array.from({ length: Math.floor(random.next() * 5) }, () => anyValue(random, depth + 1));
  if (kind < 0.97) {
    return Object.fromEntries(
      Array.from({ length: Math.floor(random.next() * 5) }, () => [
        anyKey(random),
        anyValue(random, depth + 1),
      ]),
    );
  }
  if (kind < 0.98) return nested(random.pick([99, 100, 101, 5_000]), random.chance(0.5));
  if (kind < 0.998)
    return Array.from({ length: 500 }, (_, index) => (random.chance(0.5) ? index : anyText(random)));
  return Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index]));
}

export function anyText(random) {
  if (random.chance(0.8)) return random.pick(TEXTS);
  const length = Math.floor(random.next() ** 3 * 400);
  return String.fromCharCode(
    ...Array.from({ length }, () => Math.floor(random.next() * random.pick([0x80, 0x100, 0x1_0000]))),
  );
}

function anyKey(random) {
  return random.chance(0.3)
    ? random.pick(['__proto__', 'constructor', 'prototype', 'toString', ''])
    : anyText(random);
}

/** So many levels of arrays or objects in each other; text, because serialising it would end the stack. */
function nested(levels, inArrays) {
  return new Verbatim(
    inArrays
      ? `${'['.repeat(levels)}${']'.repeat(levels)}`
      : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
  );
}

/** JSON as it stands. */
export class Verbatim {
  constructor(text) {
    this.text = text;
  }
}

/** JSON of a value, with `__proto__` as a key of its own and verbatim parts as they stand. */
export function jsonOf(value) {
  if (value instanceof Verbatim) return value.text;
  // What was mutated may have any `constructor`, which `map` would ask, and any length.
  if (Array.isArray(value)) return `[${Object.values(value).map(jsonOf).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, one]) => `${JSON.stringify(key)}:${jsonOf(one)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** A value with some of it replaced, added or left out. */
export function mutated(random, value) {
  const copy = structuredClone(value);
  const changes = random.pick([0, 0, 0, 1, 1, 1, 2, 3]);
  for (let change = 0; change < changes; change += 1) mutate(random, copy);
  return copy;
}

function mutate(random, value) {
  const keys = Object.keys(value);
  const key = random.chance(0.1) || keys.length === 0 ? anyKey(random) : random.pick(keys);
  const below = Object.hasOwn(value, key) ? value[key] : undefined;
  if (isContainer(below) && random.chance(0.6)) mutate(random, below);
  else if (random.chance(0.12)) delete value[key];
  else
    Object.defineProperty(value, key, {
      value: anyValue(random),
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

function isContainer(value) {
  return typeof value === 'object' && value !== null && !(value instanceof Verbatim);
}
