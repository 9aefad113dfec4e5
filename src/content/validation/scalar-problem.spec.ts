import type { ScalarAttribute, ScalarType } from '../content-type.js';
import { findScalarProblem } from './scalar-problem.js';

const attribute = (type: ScalarType, more: Partial<ScalarAttribute> = {}): ScalarAttribute => ({
  name: 'f',
  type,
  required: false,
  unique: false,
  private: false,
  ...more,
});

describe('a value of an attribute', () => {
  it.each<[ScalarType, unknown, Partial<ScalarAttribute>?]>([
    ['string', 'a'],
    ['string', 'abc', { minLength: 3, maxLength: 3 }],
    ['text', 'a'.repeat(100_000)],
    ['email', 'a@example.com'],
    ['uid', 'A-z_0.~'],
    ['uid', ''],
    ['enumeration', 'a', { values: ['a'] }],
    ['integer', -2_147_483_648],
    ['integer', 5, { min: 5, max: 5 }],
    ['decimal', 0.1],
    ['boolean', false],
    ['date', '2020-02-29'],
    ['datetime', '2020-02-29T23:59:59.999Z'],
    ['datetime', '2020-02-29T10:00+02:00'],
    ['time', '00:00'],
    ['time', '23:59:59.999'],
    ['timestamp', 0],
    ['timestamp', '-8640000000000000'],
    ['timestamp', '2020-02-29T10:00:00Z'],
    ['biginteger', '9223372036854775807', { max: 9_223_372_036_854_775_807n }],
    ['biginteger', -5, { min: -5 }],
    ['float', 1.5, { min: 1.5, max: 1.5 }],
    ['string', 'xAB-1x', { regex: '[A-Z]{2}-\\d' }],
    ['string', '', { regex: '^a$' }],
    ['password', 'x'.repeat(255), { maxLength: 255 }],
    ['blocks', [{ type: 'paragraph', children: [{ type: 'link', url: '/', children: [] }] }]],
    ['json', { a: [1, null] }],
    ['json', 'text'],
    ['json', 0],
  ])('fits: %s %j', (...[type, value, rules]) => {
    expect(findScalarProblem(attribute(type, rules), value)).toBeNull();
  });

  it.each<[ScalarType, unknown, string, Partial<ScalarAttribute>?]>([
    ['string', 1, 'f must be a `string` type, but the final value was: `1`.'],
    ['string', ['a'], 'f must be a `string` type, but the final value was: `["a"]`.'],
    ['string', 'ab', 'f must be at least 3 characters', { minLength: 3 }],
    ['string', 'abcd', 'f must be at most 3 characters', { maxLength: 3 }],
    ['email', 'a@', 'f must be a valid email'],
    ['uid', 'a b', 'f must have letters, digits and - _ . ~ alone'],
    ['enumeration', 'c', 'f must be one of the following values: a, b', { values: ['a', 'b'] }],
    ['integer', '1', 'f must be a `number` type, but the final value was: `"1"`.'],
    ['integer', 1.5, 'f must be an integer'],
    ['integer', 2_147_483_648, 'f must be between -2147483648 and 2147483647'],
    ['integer', 1, 'f must be greater than or equal to 2', { min: 2 }],
    ['decimal', 2.1, 'f must be less than or equal to 2', { max: 2 }],
    ['decimal', Infinity, 'f must be a finite number'],
    ['biginteger', '5', 'f must be greater than or equal to 6', { min: 6n }],
    ['biginteger', 1.5, 'f must be a whole number, as text of digits'],
    ['biginteger', '1'.repeat(500), 'f must be a whole number, as text of digits'],
    ['float', 2.1, 'f must be less than or equal to 2', { max: 2 }],
    ['time', '12:60', 'f must be a time such as 12:30:00.000'],
    ['time', '12:30:00.1234', 'f must be a time such as 12:30:00.000'],
    ['timestamp', '', 'f must be a datetime such as 2020-01-31T12:00:00.000Z, or epoch milliseconds'],
    ['timestamp', 1.5, 'f must be a datetime such as 2020-01-31T12:00:00.000Z, or epoch milliseconds'],
    ['string', 'ab', 'f must match the following: "^a$"', { regex: '^a$' }],
    ['email', `${'a'.repeat(400)}@example.com`, 'f must be a valid email'],
    [
      'blocks',
      [[]],
      'f[0] must be a block such as {"type": "paragraph", "children": [{"type": "text", "text": ""}]}',
    ],
    ['blocks', [{ type: 'quote' }], 'f[0].children must be an array of blocks'],
    ['boolean', 'true', 'f must be a `boolean` type, but the final value was: `"true"`.'],
    ['date', '2021-02-29', 'f must be a date such as 2020-01-31'],
    ['date', '2020-1-1', 'f must be a date such as 2020-01-31'],
    ['date', '2020-01-01T00:00:00Z', 'f must be a date such as 2020-01-31'],
    ['datetime', '2020-02-30T00:00:00Z', 'f must be a datetime such as 2020-01-31T12:00:00.000Z'],
    ['datetime', '2020-01-01T24:00:00Z', 'f must be a datetime such as 2020-01-31T12:00:00.000Z'],
    ['datetime', '2020-01-01T00:00:00', 'f must be a datetime such as 2020-01-31T12:00:00.000Z'],
    ['datetime', '2020-01-01T00:00:00+99:00', 'f must be a datetime such as 2020-01-31T12:00:00.000Z'],
  ])('does not fit: %s %j', (...[type, value, message, rules]) => {
    expect(findScalarProblem(attribute(type, rules), value)).toBe(message);
  });

  it.each<[ScalarType, unknown, Partial<ScalarAttribute>]>([
    ['string', 'a', { minLength: 3 }],
    ['string', 'b', { regex: '^a$' }],
  ])('may be unfinished in a draft: %s %j', (type, value, rules) => {
    expect(findScalarProblem(attribute(type, rules), value, true)).toBeNull();
  });

  it.each<[ScalarType, unknown, Partial<ScalarAttribute>]>([
    ['password', 'a', { minLength: 3 }],
    ['string', 'abcd', { maxLength: 3 }],
    ['integer', 1, { min: 2 }],
  ])('must fit in a draft too: %s %j', (type, value, rules) => {
    expect(findScalarProblem(attribute(type, rules), value, true)).not.toBeNull();
  });

  it('is held against its pattern in a time that grows with its length alone', () => {
    const value = 'a'.repeat(50_000);
    expect(findScalarProblem(attribute('text', { regex: '^(a+)+$' }), `${value}!`)).toContain('must match');
  });
});
