import type { JsonObject, JsonValue } from '../../events/json.js';
import type { RecordedEvent } from '../formats/recorded-event.js';
import { compileFilter } from './compile-filter.js';

const eventWith = (data: JsonObject): RecordedEvent => ({
  id: '0190163d-8694-739b-aea5-966c26f8ad90',
  type: 'entry.update',
  model: null,
  uid: null,
  key: null,
  tenant: null,
  data,
  createdAt: 0,
});

const evaluate = (filter: string, data: JsonObject) => compileFilter(filter).evaluate(eventWith(data));

describe('the bounds of a filter', () => {
  const long = { entry: { text: 'a'.repeat(1_000_000), part: `b${'a'.repeat(400_000)}` } };
  const many: JsonObject = { entry: { list: Array.from({ length: 100_000 }, (_, n) => n) } };
  const keys: JsonObject = {
    entry: Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, n])),
  };
  const list = many['entry'] as JsonObject;
  const twice: JsonObject = { entry: { left: list, right: { ...list } } };

  it.each<[string, string, JsonObject]>([
    ['a loop over the keys of an object', 'data.entry.all(key, key != "")', keys],
    ['a loop in a loop', 'data.entry.list.all(a, data.entry.list.all(b, a != b || a == b))', many],
    ['loops whose failures are caught', 'data.entry.list.exists(a, data.entry.list.exists(b, b < 0))', many],
    ['a loop under an or', 'data.entry.list.all(a, a >= 0) || true', many],
    ['a text that grows', `[data.entry.text]${'.map(x, x + x)'.repeat(25)}.size() > 0`, long],
    ['a list that grows', `[data.entry.list]${'.map(x, x + x)'.repeat(25)}.size() > 0`, many],
    ['a text searched in a text', 'data.entry.text.contains(data.entry.part)', long],
    ['a pattern over a long text', 'data.entry.text.matches("(a|b)*a(a|b){50}[cd]")', long],
    ['a long list looked through for a long list', 'data.entry.list in [data.entry.list]', many],
    ['deep things compared', 'data.entry.left == data.entry.right', twice],
    [
      'the keys of an object counted in a loop',
      'data.keys.all(key, data.keys.size() > 0)',
      { keys: keys['entry'] ?? null },
    ],
    ['bytes that grow', `[b"${'a'.repeat(1_000)}"]${'.map(x, x + x)'.repeat(20)}.size() > 0`, {}],
    ['errors in a loop', 'data.entry.list.exists(a, data.entry.nothing)', many],
  ])('end %s', (_, filter, data) => {
    expect(evaluate(filter, data)).toEqual({
      kind: 'failed',
      message: 'it takes more than 50000 steps over this event',
    });
  });

  it.each<[string, string, JsonObject, number]>([
    [
      'a number of 1,500 digits as a duration',
      'duration(data.text) > duration("1s")',
      { text: '9'.repeat(1_500) },
      400,
    ],
    ['a long duration', 'duration(data.text) > duration("1s")', { text: '1ns'.repeat(1_000) }, 400],
    ['a deep list', 'data.deep == 1', { deep: nest(2_000, (inner) => [inner]) }, 4_100],
    ['a deep object', 'data.deep < 1', { deep: nest(2_000, (inner) => ({ inner })) }, 100],
    ['many keys compared with a number', 'data.keys < 1', { keys: keys['entry'] ?? null }, 100],
    ['lists that are equal', 'data.a == data.b', { a: Array(1_000).fill(1), b: Array(1_000).fill(1) }, 3_100],
    ['a list that is filtered', 'data.a.filter(x, x > 0).size() > 0', { a: Array(1_000).fill(1) }, 11_000],
  ])('charge %s by its size', (_, filter, data, most) => {
    const { steps, isStopped } = compileFilter(filter).measure(eventWith(data), 1e9);
    expect(steps).toBeLessThan(most);
    expect(isStopped).toBe(false);
  });

  it('bound what a message repeats of an event', () => {
    const { text } = long.entry;
    expect(evaluate('bool(data.t)', { t: text.slice(0, 100_000) })).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/^.{201}$/),
    });
  });

  it('do not hold back what an event commonly asks', () => {
    const list = Array.from({ length: 2_000 }, (_, n) => ({ id: n, name: `n${n}` }));
    const filter =
      'data.entry.list.exists(x, x.id == 1999 && x.name == "n1999") && data.entry.text.contains("ab")';
    expect(evaluate(filter, { entry: { list, text: `${'a'.repeat(100_000)}b` } })).toEqual({
      kind: 'matches',
    });
    expect(evaluate('data.entry.text.matches("[pP]aris$")', { entry: { text: 'x'.repeat(10_000) } })).toEqual(
      {
        kind: 'no-match',
      },
    );
  });
});

/** A value in so many others. */
function nest(levels: number, wrap: (inner: JsonValue, level: number) => JsonValue): JsonValue {
  let value: JsonValue = 1;
  for (let level = 0; level < levels; level += 1) value = wrap(value, level);
  return value;
}
