import type { JsonObject } from '../../events/json.js';
import { serializeData } from './serialize-data.js';

describe("An event's data", () => {
  it.each([
    [{ a: null, b: [0, -1.5, 'null', '\\ud83d', '\u{1f600}'], constructor: 1 }],
    [JSON.parse('{"__proto__":{"a":null}}') as object],
    [{ a: new Date(0), b: { toJSON: () => null }, toJSON: null }],
  ])('is written as JSON: %j', (data) => {
    expect(serializeData(data as JsonObject)).toBe(JSON.stringify(data));
  });

  it.each([
    [{ a: { b: [1, Number.NaN] } }, 'data.a.b.1 is NaN, which JSON cannot write'],
    [{ a: [], b: Number.POSITIVE_INFINITY }, 'data.b is Infinity, which JSON cannot write'],
    [{ a: { b: 'x\ud83d' } }, 'data.a.b contains half of a surrogate pair'],
    [{ a: { '\ud83d': 1 } }, 'data.a has a key with half of a surrogate pair'],
    [{ a: new Date(Number.NaN) }, 'data.a is a date of no time'],
    [{ a: { toJSON: () => ({ b: Number.NaN }) } }, 'data.a.b is NaN'],
  ])('is refused with its place where JSON would change it: %j', (data, message) => {
    expect(() => serializeData(data as JsonObject)).toThrow(message);
  });
});
