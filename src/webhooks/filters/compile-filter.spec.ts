import fc from 'fast-check';
import type { JsonObject } from '../../events/json.js';
import type { RecordedEvent } from '../formats/recorded-event.js';
import { compileFilter } from './compile-filter.js';
import { FilterError } from './filter-error.js';

const ENTRY = {
  id: 7,
  price: 2.5,
  city: 'Paris',
  postal_code: null,
  tags: ['food', 'art'],
  category: { name: 'museum' },
  isOpen: true,
};

const event = (data: JsonObject = { entry: ENTRY }): RecordedEvent => ({
  id: '0190163d-8694-739b-aea5-966c26f8ad90',
  type: 'entry.update',
  model: 'address',
  uid: 'api::address.address',
  key: '7',
  tenant: null,
  data,
  context: {
    previous: { city: 'Lyon' },
    actor: { type: 'token', id: '1', name: 'editor' },
    document: null,
  },
  createdAt: Date.UTC(2026, 10, 23),
});

const result = (filter: string, data?: JsonObject) => compileFilter(filter).evaluate(event(data));

describe('a filter', () => {
  it.each([
    'data.entry.city == "Paris"',
    'data.entry.id == 7 && data.entry.price > 2',
    'int(data.entry.id) % 2 == 1',
    '"food" in data.entry.tags',
    'data.entry.tags.exists(t, t.startsWith("f"))',
    'data.entry.category.name in ["museum", "theatre"]',
    'data.entry.city.matches("^P.*s$")',
    'data.entry.city.lowerAscii().contains("ari")',
    'data.entry.postal_code == null',
    'has(data.entry.city) && !has(data.entry.country)',
    'previous.city != data.entry.city',
    'actor.type == "token"',
    'event == "entry.update" && model == "address" && key == "7"',
    'uid.startsWith("api::") && tenant == null',
    'createdAt > timestamp("2026-01-01T00:00:00Z") && createdAt.getFullYear() == 2026',
    'data.entry.isOpen',
    'data.entry == data.entry',
    'data.entry.country == "FR" || true',
    'duration("1h30m") == duration("5400s") && duration("-1.5h").getMinutes() == -90',
    'duration("+.5s").getMilliseconds() == 500 && duration("1h") > duration("59m59.9s")',
    'createdAt + duration("1h1m") > createdAt',
    'data.entry.tags + ["x"] == ["food", "art", "x"] && type(data.entry.tags) == list',
  ])('lets pass: %s', (filter) => {
    expect(result(filter)).toEqual({ kind: 'matches' });
  });

  it.each([
    'data.entry.city == "Lyon"',
    'data.entry.tags.all(t, t == "food")',
    '!data.entry.isOpen',
    'data.entry.city == 5',
  ])('leaves out: %s', (filter) => {
    expect(result(filter)).toEqual({ kind: 'no-match' });
  });

  it.each([
    'data.entry.country == "FR"',
    'data.entry.postal_code.startsWith("75")',
    'data.entry.postal_code.contains("75")',
    'data.entry.postal_code.matches("75")',
    'data.entry.postal_code > 10',
    'data.entry.postal_code.first == 7',
    'data.entry.tags[7] == "art"',
    '!data.entry.postal_code',
    'data.entry.postal_code',
    'data.media.name == "a.png"',
  ])('leaves out what is missing or null: %s', (filter) => {
    expect(result(filter)).toMatchObject({ kind: 'no-match', missing: expect.any(String) });
  });

  it.each([
    'data.entry.city > 5',
    'data.entry.city',
    'data.entry.id.contains("7")',
    'data.entry.tags',
    'timestamp(data.entry.city) > createdAt',
    'duration(data.entry.city) > duration("1s")',
    'duration("99999999999h") > duration("1s")',
    'duration("-") > duration("1s")',
    'data.entry < 1',
  ])('fails over an event that it is not made for: %s', (filter) => {
    expect(result(filter)).toMatchObject({ kind: 'failed', message: expect.any(String) });
  });
});

describe('an object with a key that classes have', () => {
  const inner = { constructor: 'x', b: 2 };
  const data = { constructor: 1, entry: inner, list: [{ constructor: 1 }, { constructor: 2 }] };

  it.each([
    'data.constructor == 1 && data.entry.constructor == "x" && data.entry.b == 2',
    'has(data.entry.constructor) && "constructor" in data.entry && size(data.entry) == 2',
    'data.entry == data.entry && data.list[0] != data.list[1]',
    'data.list.exists(each, each.constructor == 2) && data.entry.exists(key, key == "constructor")',
  ])('is an object as others are: %s', (filter) => {
    expect(result(filter, data)).toEqual({ kind: 'matches' });
  });
});

describe('compileFilter', () => {
  it.each<[string, number, number, RegExp]>([
    ['', 1, 1, /empty/],
    [' ', 1, 1, /empty/],
    ['data.entry.city ==', 1, 19, /Unexpected token/],
    ['data.entry.city =\n  = "Paris"', 1, 17, /./],
    ['true &&\n  city == "Paris"', 2, 3, /Unknown variable: city/],
    ['event == 1', 1, 1, /no such overload: string == int/],
    ['event', 1, 1, /must yield a bool, but yields string/],
    ['1 + 1', 1, 1, /must yield a bool, but yields int/],
    ['event.matches("(")', 1, 15, /missing closing/],
    ['event.matches("(?=a)")', 1, 15, /invalid or unsupported/],
    ['event.matches(model)', 1, 15, /must be a text that stands in the filter/],
    ['event.matches("((a{0,30}){0,30}){1,2}")', 1, 15, /repeat/],
    ['true && event.split(".").size() > 1', 1, 9, /split\(\) cannot be used/],
    ['cel.bind(a, event, a == a)', 1, 1, /bind\(\) cannot be used/],
    ['bytes(event).size() > 3', 1, 1, /bytes\(\) cannot be used/],
    ['createdAt.getHours("Europe/Paris") > 8', 1, 1, /takes no arguments/],
    ['nothing(event)', 1, 1, /nothing/],
    [`string(${'9'.repeat(3_000)}) == event`, 1, 8, /an int has 64 bits/],
    [`event.matches("${'\\\\pL'.repeat(21)}")`, 1, 15, /at most 20 classes/],
    [Array(3).fill(`event.matches("a{900}")`).join(' || '), 1, 15, /repeats too much/],
    [`event == "${'é'.repeat(2_048)}"`, 1, 1, /at most 4096 bytes/],
    [`${'!'.repeat(4_000)}true`, 1, 3_501, /./],
    [`${'true || '.repeat(500)}true`, 1, 1, /./],
    [`${'('.repeat(100)}true${')'.repeat(100)}`, 1, 33, /./],
  ])('refuses %j at line %d, column %d', (filter, line, column, message) => {
    const refused = errorOf(filter);
    expect(refused.message).toMatch(message);
    expect(refused.position).toEqual({ line, column });
    expect(refused.sentence).toContain(`(line ${line}, column ${column})`);
  });

  it('counts columns in characters', () => {
    expect(errorOf('"💌💌" == foo').position).toEqual({ line: 1, column: 9 });
  });
});

describe('whatever is written', () => {
  const leaf = fc.constantFrom(
    'data',
    'data.entry',
    'data.entry.list',
    'data.entry.text',
    'event',
    'model',
    'previous',
    'actor.name',
    'createdAt',
    'x',
    'null',
    'true',
    '1',
    '2.5',
    '"a"',
    '[1, 2]',
    '{"a": 1}',
    '',
  );
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc
        .tuple(
          tie('expression'),
          fc.constantFrom('==', '!=', '<', '>=', '+', '-', '*', '/', '%', 'in', '&&', '||'),
          tie('expression'),
        )
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      fc
        .tuple(
          tie('expression'),
          fc.constantFrom('all', 'exists', 'exists_one', 'filter', 'map'),
          tie('expression'),
        )
        .map(([list, macro, predicate]) => `${list}.${macro}(x, ${predicate})`),
      fc
        .tuple(
          tie('expression'),
          fc.constantFrom('contains', 'matches', 'startsWith', 'size', 'split', 'trim'),
          tie('expression'),
        )
        .map(([receiver, method, argument]) => `${receiver}.${method}(${argument})`),
      fc
        .tuple(fc.constantFrom('!', '-', 'size', 'has', 'string', 'int', 'type', 'dyn'), tie('expression'))
        .map(([name, argument]) => `${name}(${argument})`),
      fc
        .tuple(tie('expression'), tie('expression'), tie('expression'))
        .map(([condition, yes, no]) => `(${condition} ? ${yes} : ${no})`),
    ),
  }));
  const list = Array.from({ length: 3_000 }, (_, n) => (n % 3 === 0 ? `${n}` : n));
  const adversarial = event({ entry: { list, text: 'ab'.repeat(50_000) } });

  it('is compiled or refused with a FilterError, and its verdict is one of three', () => {
    fc.assert(
      fc.property(fc.oneof(expression, fc.string({ maxLength: 60 })), (filter) => {
        let program;
        try {
          program = compileFilter(filter);
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError);
          const { line, column } = (error as FilterError).position;
          expect(line).toBeGreaterThanOrEqual(1);
          expect(column).toBeGreaterThanOrEqual(1);
          return;
        }
        for (const each of [adversarial, event(), event({})]) {
          expect(['matches', 'no-match', 'failed']).toContain(program.evaluate(each).kind);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

function errorOf(filter: string): FilterError {
  try {
    compileFilter(filter);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  throw new Error('it was compiled');
}
