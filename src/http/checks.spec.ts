import {
  atMostItems,
  between,
  type ValueCheck,
  each,
  allOf,
  ofType,
  orNull,
  required,
  whole,
} from './checks.js';

const say = (check: ValueCheck, value: unknown) => check(value, 'key');

describe('checks', () => {
  it.each<[string, ValueCheck, unknown, string | null]>([
    ['a value', required, 'a', null],
    ['zero', required, 0, null],
    ['nothing', required, undefined, 'key is a required field'],
    ['null', required, null, 'key is a required field'],
    ['an empty string', required, '', 'key is a required field'],
    [
      'a number for a string',
      ofType('string'),
      1,
      'key must be a `string` type, but the final value was: `1`.',
    ],
    [
      'a string for a number',
      ofType('number'),
      '1',
      'key must be a `number` type, but the final value was: `"1"`.',
    ],
    [
      'an array for an object',
      ofType('object'),
      [],
      'key must be a `object` type, but the final value was: `[]`.',
    ],
    [
      'null for an object',
      ofType('object'),
      null,
      'key must be a `object` type, but the final value was: `null`.',
    ],
    ['an object', ofType('object'), {}, null],
    ['an array', ofType('array'), [], null],
    [
      'an item',
      each(ofType('string')),
      ['a', 2],
      'key[1] must be a `string` type, but the final value was: `2`.',
    ],
    ['too many', atMostItems(1), [1, 2], 'key field must have less than or equal to 1 items'],
    ['too little', between(1, 5, 's'), 0, 'key must be between 1 and 5 s'],
    ['the bounds', between(1, 5, 's'), 5, null],
    ['a fraction', whole, 1.5, 'key must be an integer'],
    ['null where it may be', orNull(ofType('array')), null, null],
    ['only the first problem', allOf(required, ofType('string')), null, 'key is a required field'],
  ])('say of %s', (_, check, value, expected) => {
    expect(say(check, value)).toBe(expected);
  });

  it('show no more of a value than fits a sentence', () => {
    expect(say(ofType('string'), ['a'.repeat(1000)])?.length).toBeLessThan(300);
  });
});
