import type { ScalarAttribute, ScalarType } from '../content-type.js';
import { scalarProblem } from './scalar-problem.js';

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
    ['json', { a: [1, null] }],
    ['json', 'text'],
    ['json', 0],
  ])('fits: %s %j', (...[type, value, rules]) => {
    expect(scalarProblem(attribute(type, rules), value)).toBeNull();
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
    ['boolean', 'true', 'f must be a `boolean` type, but the final value was: `"true"`.'],
    ['date', '2021-02-29', 'f must be a date such as 2020-01-31'],
    ['date', '2020-1-1', 'f must be a date such as 2020-01-31'],
    ['date', '2020-01-01T00:00:00Z', 'f must be a date such as 2020-01-31'],
    ['datetime', '2020-02-30T00:00:00Z', 'f must be a datetime such as 2020-01-31T12:00:00.000Z'],
    ['datetime', '2020-01-01T24:00:00Z', 'f must be a datetime such as 2020-01-31T12:00:00.000Z'],
    ['datetime', '2020-01-01T00:00:00', 'f must be a datetime such as 2020-01-31T12:00:00.000Z'],
    ['datetime', '2020-01-01T00:00:00+99:00', 'f must be a datetime such as 2020-01-31T12:00:00.000Z'],
  ])('does not fit: %s %j', (...[type, value, message, rules]) => {
    expect(scalarProblem(attribute(type, rules), value)).toBe(message);
  });
});
