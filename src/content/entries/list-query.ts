import type { FindOptionsOrder, FindOptionsWhere } from 'typeorm';
import { RequestValidationError } from '../../http/envelope-error.js';
import { type PageRequest, readPageRequest } from '../../http/pagination.js';
import { type ContentType, isScalar, type EntryStatus } from '../content-type.js';
import type { EntryRow } from '../tables/content-entities.js';
import { isInPublishedTable } from '../tables/table-names.js';
import { isDatetime, isTime, isTimestamp, parseTimestamp, normalizeTime } from '../validation/calendar.js';
import { parseBigInteger } from '../validation/scalar-problem.js';

/** A parsed query of a list of entries. */
export interface ListQuery {
  page: PageRequest;
  /** The version of the entries. */
  status: EntryStatus;
  where: FindOptionsWhere<EntryRow>;
  order: FindOptionsOrder<EntryRow>;
}

/** The fields for sorting and filtering, with the type by which their text is parsed. */
type Fields = ReadonlyMap<string, string>;

const KEYS = ['pagination', 'sort', 'filters', 'status'];

const DECIMAL = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** Types without sorting and filtering. */
const NOT_COMPARED = ['json', 'blocks'];

/**
 * Parses the query of a list: `status` ({@link parseStatus}), `pagination[page]`, `pagination[pageSize]`,
 * `sort=city:desc` (several separated by commas) and `filters[city][$eq]=Paris` (several are combined with AND). The
 * default order is by id.
 *
 * @param query the result of Express's extended query parser
 * @throws {RequestValidationError} naming the unknown key, field or operator
 */
export function parseListQuery(type: ContentType, query: unknown): ListQuery {
  const given = (query ?? {}) as Record<string, unknown>;
  const unknown = Object.keys(given).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw RequestValidationError.at(
      [unknown],
      `"${unknown}" is no parameter of a list; it takes ${KEYS.join(', ')}`,
    );
  }
  const status = parseStatus(given['status']);
  const fields = listFields(type, status);
  return {
    page: readPageRequest(given['pagination']),
    status,
    where: parseFilters(fields, given['filters']),
    order: parseSort(fields, given['sort']),
  };
}

/**
 * Parses `status`: `published` (default) or `draft`.
 *
 * @throws {RequestValidationError} when it is neither
 */
export function parseStatus(value: unknown): EntryStatus {
  if (value === undefined) return 'published';
  if (value === 'draft' || value === 'published') return value;
  throw RequestValidationError.at(['status'], 'status must be draft or published', value);
}

/**
 * Parses the query of a single type's entry: `status` alone.
 *
 * @throws {RequestValidationError} for another parameter, and as {@link parseStatus} does
 */
export function parseSingleQuery({ status, ...others }: Readonly<Record<string, unknown>>): EntryStatus {
  const [unknown] = Object.keys(others);
  if (unknown === undefined) return parseStatus(status);
  throw RequestValidationError.at(
    [unknown],
    `"${unknown}" is no parameter of a single type; it takes status`,
  );
}

/** Lists the fields. Private attributes are excluded: a filter would reveal their values. */
function listFields(type: ContentType, status: EntryStatus): Fields {
  const scalars = type.attributes
    .filter(isScalar)
    .filter((one) => !one.private && !NOT_COMPARED.includes(one.type));
  const times = (['created_at', 'updated_at', 'published_at'] as const).filter(
    (key) => !type.privateKeys.has(key) && (key !== 'published_at' || isInPublishedTable(type, status)),
  );
  return new Map([
    ['id', 'integer'],
    ...scalars.map(({ name, type }): [string, string] => [name, type]),
    ...times.map((key): [string, string] => [key, 'datetime']),
  ]);
}

function parseSort(fields: Fields, sort: unknown): FindOptionsOrder<EntryRow> {
  const order: Record<string, 'ASC' | 'DESC'> = {};
  for (const part of sort === undefined ? [] : [sort].flat()) {
    if (typeof part !== 'string')
      throw RequestValidationError.at(['sort'], 'sort is written sort=city:desc', sort);
    for (const one of part.split(',')) {
      const [field = '', direction = 'asc'] = one.trim().split(':');
      requireField(fields, 'sort', field);
      if (!/^(asc|desc)$/i.test(direction)) {
        throw RequestValidationError.at(['sort'], `sort goes asc or desc, not "${direction}"`, sort);
      }
      order[field] = /^desc$/i.test(direction) ? 'DESC' : 'ASC';
    }
  }
  // The id is the tiebreaker: without it pages could repeat or skip entries.
  return 'id' in order ? order : { ...order, id: 'ASC' };
}

function parseFilters(fields: Fields, filters: unknown): FindOptionsWhere<EntryRow> {
  const where: Record<string, string | number | boolean> = {};
  if (filters === undefined) return where as FindOptionsWhere<EntryRow>;
  if (!isTree(filters)) {
    throw RequestValidationError.at(['filters'], 'filters are written filters[city][$eq]=Paris', filters);
  }
  for (const [field, condition] of Object.entries(filters)) {
    const type = requireField(fields, 'filters', field);
    if (!isTree(condition)) {
      throw RequestValidationError.at(
        ['filters', field],
        `a filter needs an operator: filters[${field}][$eq]=value`,
        condition,
      );
    }
    for (const [operator, value] of Object.entries(condition)) {
      if (operator !== '$eq') {
        throw RequestValidationError.at(
          ['filters', field, operator],
          `the operator "${operator}" is unknown; there is $eq`,
        );
      }
      where[field] = parseFilterValue(type, field, value);
    }
  }
  return where as FindOptionsWhere<EntryRow>;
}

function requireField(fields: Fields, parameter: string, field: string): string {
  const type = fields.get(field);
  if (type !== undefined) return type;
  throw RequestValidationError.at(
    [parameter, field],
    `"${field}" is no field for ${parameter}; there are ${[...fields.keys()].join(', ')}`,
  );
}

function parseFilterValue(type: string, field: string, value: unknown): string | number | boolean {
  const refuse = (what: string): never => {
    throw RequestValidationError.at(
      ['filters', field, '$eq'],
      `filters[${field}][$eq] must be ${what}`,
      value,
    );
  };
  if (typeof value !== 'string') return refuse('given once');
  switch (type) {
    case 'integer':
      return /^-?\d{1,15}$/.test(value) ? Number(value) : refuse('a whole number');
    case 'biginteger':
      return String(parseBigInteger(value) ?? refuse('a whole number'));
    case 'float':
    case 'decimal':
      return DECIMAL.test(value) && Number.isFinite(Number(value)) ? Number(value) : refuse('a number');
    case 'boolean':
      return value === 'true' || value === 'false' ? value === 'true' : refuse('true or false');
    case 'datetime':
      return isDatetime(value) ? Date.parse(value) : refuse('a datetime such as 2020-01-31T12:00:00.000Z');
    case 'timestamp':
      return isTimestamp(value) ? parseTimestamp(value) : refuse('a datetime, or epoch milliseconds');
    case 'time':
      return isTime(value) ? normalizeTime(value) : refuse('a time such as 12:30:00.000');
    default:
      return value;
  }
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
