import fc from 'fast-check';
import type { FindOperator } from 'typeorm';
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

const FIELDS = ['id', 'city', 'rank', 'size', 'open', 'since', 'created_at', 'updated_at', 'document_id'];

/** The condition of a filter, in SQL, and its parameters. */
function conditionOf(filters: object): [string | undefined, unknown[]] {
  const [operator] = Object.values(parseListQuery(TYPE, { filters }).where) as FindOperator<unknown>[];
  return [operator?.getSql?.('c'), Object.values(operator?.objectLiteralParameters ?? {})];
}

describe('a list’s query', () => {
  it('is in the order of the ids unless told', () => {
    expect(parseListQuery(TYPE, {})).toMatchObject({ order: { id: 'ASC' }, where: {} });
  });

  it.each([
    ['city', 'Paris', 'Paris'],
    ['rank', '-3', -3],
    ['size', '1.5e3', 1_500],
    ['open', 'true', 1],
    ['open', 'f', 0],
    ['since', '2020-01-10T08:47:36.649Z', 1_578_646_056_649],
  ])('reads the filter of %s as its type', (field, text, value) => {
    expect(conditionOf({ [field]: { $eq: text } })).toEqual(['c = :filter_0_0', [value]]);
  });

  it.each<[object, string, unknown[]]>([
    [{ city: { $ne: 'a' } }, 'c <> :filter_0_0', ['a']],
    [{ rank: { $gt: '1', $lte: '5' } }, 'c > :filter_0_0 AND c <= :filter_0_1', [1, 5]],
    [{ rank: { $in: ['1', '2'] } }, 'c IN (:...filter_0_0)', [[1, 2]]],
    [{ rank: { $notIn: '1' } }, 'c NOT IN (:...filter_0_0)', [[1]]],
    [{ rank: { $in: { 0: '1', 25: '2' } } }, 'c IN (:...filter_0_0)', [[1, 2]]],
    [{ city: { $contains: '%' } }, 'INSTR(c, :filter_0_0) > 0', ['%']],
    [{ since: { $null: 'true' } }, 'c IS NULL', []],
    [{ since: { $null: '0' } }, 'c IS NOT NULL', []],
    [
      { createdAt: { $gte: '1970-01-01T00:00:00.001Z' }, created_at: { $lt: '1970-01-01T00:00:00.009Z' } },
      'c >= :filter_0_0 AND c < :filter_1_0',
      [1, 9],
    ],
  ])('reads the operators of %j', (filters, sql, parameters) => {
    expect(conditionOf(filters)).toEqual([sql, parameters]);
  });

  it('sorts by Strapi 5’s names too', () => {
    expect(parseListQuery(TYPE, { sort: 'updatedAt:desc,documentId' }).order).toEqual({
      updated_at: 'DESC',
      document_id: 'ASC',
      id: 'ASC',
    });
  });

  it.each<[string, unknown]>([
    ['a private field', { filters: { secret: { $eq: 'a' } } }],
    ['a field of JSON', { sort: 'blob' }],
    ['an operator that is none', { filters: { city: { $near: 'a' } } }],
    ['what every object inherits as an operator', { filters: { city: { constructor: 'a' } } }],
    ['no operator at all', { filters: { city: {} } }],
    ['a part of a number', { filters: { rank: { $contains: '1' } } }],
    ['a list with a value that does not fit', { filters: { rank: { $in: ['1', 'a'] } } }],
    ['a list that is too long', { filters: { rank: { $in: Array.from({ length: 101 }, () => '1') } } }],
    ['null that is neither true nor false', { filters: { city: { $null: 'maybe' } } }],
    ['no operator', { filters: { city: 'a' } }],
    ['a number that is none to a database', { filters: { size: { $eq: '1e999' } } }],
    ['a direction that is none', { sort: 'city:up' }],
    ['a key that is none', { search: 'a' }],
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
        filters: fc.oneof(
          value,
          fc.dictionary(
            text,
            fc.dictionary(fc.constantFrom('$eq', '$ne', '$in', '$contains', '$null'), value),
          ),
        ),
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
          for (const one of Object.values(where) as FindOperator<unknown>[]) {
            for (const value of Object.values(one.objectLiteralParameters ?? {}).flat()) {
              expect(['string', 'number']).toContain(typeof value);
              if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
            }
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
