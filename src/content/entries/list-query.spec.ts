import fc from 'fast-check';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { ContentType, ScalarAttribute, ScalarType } from '../content-type.js';
import { parseListQuery } from './list-query.js';

const attribute = (name: string, type: ScalarType, more: Partial<ScalarAttribute> = {}): ScalarAttribute => ({
  name,
  type,
  required: false,
  private: false,
  unique: false,
  ...more,
});

const TYPE = {
  privateKeys: new Set(),
  attributes: [
    attribute('city', 'string'),
    attribute('rank', 'integer'),
    attribute('size', 'decimal'),
    attribute('open', 'boolean'),
    attribute('since', 'datetime'),
    attribute('secret', 'string', { private: true }),
    attribute('blob', 'json'),
  ],
} as unknown as ContentType;

const FIELDS = ['id', 'city', 'rank', 'size', 'open', 'since', 'created_at', 'updated_at'];

describe('a list’s query', () => {
  it('is in the order of the ids unless told', () => {
    expect(parseListQuery(TYPE, {})).toMatchObject({ order: { id: 'ASC' }, where: {} });
  });

  it.each([
    ['city', 'Paris', 'Paris'],
    ['rank', '-3', -3],
    ['size', '1.5e3', 1_500],
    ['open', 'true', true],
    ['since', '2020-01-10T08:47:36.649Z', 1_578_646_056_649],
  ])('reads the filter of %s as its type', (field, text, value) => {
    expect(parseListQuery(TYPE, { filters: { [field]: { $eq: text } } }).where).toEqual({ [field]: value });
  });

  it.each<[string, unknown]>([
    ['a private field', { filters: { secret: { $eq: 'a' } } }],
    ['a field of JSON', { sort: 'blob' }],
    ['an operator that is none', { filters: { city: { $ne: 'a' } } }],
    ['no operator', { filters: { city: 'a' } }],
    ['a number that is none to a database', { filters: { size: { $eq: '1e999' } } }],
    ['a direction that is none', { sort: 'city:up' }],
    ['a key that is none', { populate: '*' }],
    ['what every object inherits', { filters: { constructor: { $eq: 'a' } } }],
    ['several values', { filters: { city: { $eq: ['a', 'b'] } } }],
  ])('refuses %s', (_, query) => {
    expect(() => parseListQuery(TYPE, query)).toThrow(RequestValidationError);
  });

  it('names known fields and finite values alone, or is refused, whatever is asked', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(...FIELDS, 'secret', '__proto__', 'toString', '1e400', '-0'),
    );
    const value = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.dictionary(text, text, { maxKeys: 3 }));
    const query = fc.record(
      {
        sort: fc.oneof(
          value,
          text.map((field) => `${field}:desc`),
        ),
        filters: fc.oneof(value, fc.dictionary(text, fc.dictionary(fc.constantFrom('$eq', '$ne'), value))),
        pagination: value,
        other: value,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(query, (query) => {
        try {
          const { where, order, page } = parseListQuery(TYPE, query);
          for (const field of [...Object.keys(where), ...Object.keys(order)]) expect(FIELDS).toContain(field);
          for (const one of Object.values(where)) {
            expect(['string', 'boolean', 'number']).toContain(typeof one);
            if (typeof one === 'number') expect(Number.isFinite(one)).toBe(true);
          }
          expect(Object.values(order).every((way) => way === 'ASC' || way === 'DESC')).toBe(true);
          expect(page.page * page.pageSize).toBeLessThanOrEqual(100_000_000);
        } catch (error) {
          if (!(error instanceof RequestValidationError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});
