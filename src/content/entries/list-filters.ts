import { type FindOptionsWhere, Raw } from 'typeorm';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { EntryRow } from '../tables/content-entities.js';
import { SORTABLE_INTEGER } from '../tables/sortable-integer.js';
import { isDatetime, isTime, isTimestamp, normalizeTime, parseTimestamp } from '../validation/calendar.js';
import { parseBigInteger } from '../validation/scalar-problem.js';
import { type Fields, requireField } from './list-fields.js';
import { NO_RELATION_FILTERS, type RelationFilter, type RelationFilters } from './relation-filters.js';

/** A value as it is stored. */
type Stored = string | number;

/** A condition on a column, with its parameters. */
interface Condition {
  sql: (column: string) => string;
  parameters: Record<string, Stored | Stored[]>;
}

/** What an operator is parsed with. */
interface Place {
  /** The type of the field, by which its text is parsed. */
  type: string;
  /** The names that lead to the field. */
  path: readonly string[];
  operator: string;
  /** The name of its parameter, unlike that of any other in the query. */
  parameter: string;
}

/** Operators that compare with one value. As in Strapi, none of them but `$null` matches a field without a value. */
const COMPARISONS: Record<string, string> = {
  $eq: '=',
  $ne: '<>',
  $lt: '<',
  $lte: '<=',
  $gt: '>',
  $gte: '>=',
};

const LISTS: Record<string, string> = { $in: 'IN', $notIn: 'NOT IN' };

const OPERATORS = [...Object.keys(COMPARISONS), ...Object.keys(LISTS), '$contains', '$null'];

/** Types whose values are texts, in which `$contains` searches. */
const TEXTS = ['string', 'text', 'richtext', 'email', 'uid', 'enumeration'];

/** The most values of `$in` and `$notIn`. */
const MOST_VALUES = 100;

const DECIMAL = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** Conditions by the property of the row that they are on. */
type Conditions = Map<string, Condition[]>;

/**
 * Parses `filters[city][$eq]=Paris`, and through one relation `filters[category][name][$eq]=Home`. Several fields, and
 * several operators of a field, are combined with AND; all on one relation hold for the same target.
 *
 * @throws {RequestValidationError} naming the unknown field or operator, or the value that does not fit
 */
export function parseFilters(
  fields: Fields,
  filters: unknown,
  relations: RelationFilters = NO_RELATION_FILTERS,
): FindOptionsWhere<EntryRow> {
  const byColumn: Conditions = new Map();
  for (const [index, [name, asked]] of Object.entries(requireTree(filters ?? {}, [])).entries()) {
    const relation = relations(name);
    const prefix = `filter_${index}`;
    if (!relation) parseField(fields, [name], asked, prefix, byColumn);
    else addCondition(byColumn, relation.column, parseRelation(relation, name, asked, prefix));
  }
  const where = [...byColumn].map(([column, conditions]) => {
    const parameters = mergeParameters(conditions);
    return [column, Raw((sqlName) => joinConditions(conditions, sqlName), parameters)];
  });
  return Object.fromEntries(where) as FindOptionsWhere<EntryRow>;
}

function parseRelation(relation: RelationFilter, name: string, asked: unknown, prefix: string): Condition {
  const byColumn: Conditions = new Map();
  for (const [index, [field, inner]] of Object.entries(requireTree(asked, [name])).entries()) {
    parseField(relation.fields, [name, field], inner, `${prefix}_${index}`, byColumn);
  }
  const conditions = [...byColumn];
  if (conditions.length === 0) requireTree(null, [name]);
  const subquery = relation.buildSubquery((nameColumn) =>
    conditions.map(([column, each]) => joinConditions(each, nameColumn(column))).join(' AND '),
  );
  return {
    sql: (column) => `${column} IN (${subquery})`,
    parameters: mergeParameters(conditions.flatMap(([, each]) => each)),
  };
}

/** @param path the names that lead to the field: the relation's, if any, and its own */
function parseField(fields: Fields, path: string[], asked: unknown, prefix: string, into: Conditions): void {
  const { type, column } = requireField(fields, 'filters', path);
  const operators = Object.entries(requireTree(asked, path));
  if (operators.length === 0) requireTree(null, path);
  for (const [index, [operator, value]] of operators.entries()) {
    const place = { type, path, operator, parameter: `${prefix}_${index}` };
    // Two spellings of a field (createdAt, created_at) are one column.
    addCondition(into, column, parseCondition(place, value));
  }
}

function addCondition(into: Conditions, column: string, condition: Condition): void {
  into.set(column, [...(into.get(column) ?? []), condition]);
}

function mergeParameters(conditions: readonly Condition[]): Condition['parameters'] {
  return Object.assign({}, ...conditions.map(({ parameters }) => parameters)) as Condition['parameters'];
}

function joinConditions(conditions: readonly Condition[], column: string): string {
  return conditions.map(({ sql }) => sql(column)).join(' AND ');
}

function requireTree(value: unknown, path: readonly string[]): Record<string, unknown> {
  if (isTree(value)) return value;
  throw RequestValidationError.at(
    ['filters', ...path],
    path.length === 0
      ? 'filters are written filters[city][$eq]=Paris'
      : `a filter needs an operator: ${writePath(path)}[$eq]=value`,
    value,
  );
}

/** `filters[category][name]` */
function writePath(path: readonly string[]): string {
  return `filters${path.map((name) => `[${name}]`).join('')}`;
}

function parseCondition(place: Place, value: unknown): Condition {
  const { operator, parameter, type } = place;
  const comparison = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
  if (comparison !== undefined) {
    return {
      sql: (column) => `${column} ${comparison} :${parameter}`,
      parameters: { [parameter]: parseValue(place, value) },
    };
  }
  const list = Object.hasOwn(LISTS, operator) ? LISTS[operator] : undefined;
  if (list !== undefined) {
    return {
      sql: (column) => `${column} ${list} (:...${parameter})`,
      parameters: { [parameter]: parseList(place, value) },
    };
  }
  if (operator === '$null') {
    const isNull = parseBoolean(value) ?? refuse(place, 'true or false', value);
    return { sql: (column) => `${column} IS ${isNull ? '' : 'NOT '}NULL`, parameters: {} };
  }
  if (operator !== '$contains') {
    throw RequestValidationError.at(
      ['filters', ...place.path, operator],
      `the operator "${operator}" is unknown; there are ${OPERATORS.join(', ')}`,
    );
  }
  if (!TEXTS.includes(type)) return refuse(place, `for a text, and the field is ${type}`, value);
  // In both dialects it regards case, and no character of the text has a meaning of its own.
  return {
    sql: (column) => `INSTR(${column}, :${parameter}) > 0`,
    parameters: { [parameter]: parseValue(place, value) },
  };
}

function parseList(place: Place, value: unknown): Stored[] {
  // The query parser makes an object of a list with indexes beyond its limit.
  const values = Array.isArray(value) ? value : isTree(value) ? Object.values(value) : [value];
  if (values.length === 0 || values.length > MOST_VALUES) {
    return refuse(place, `a list of 1 to ${MOST_VALUES} values`, value);
  }
  return values.map((one) => parseValue(place, one));
}

/** Parses a value's text as the type of its field, into the form in which the column stores it. */
function parseValue(place: Place, value: unknown): Stored {
  if (typeof value !== 'string') return refuse(place, 'given once', value);
  switch (place.type) {
    case 'integer':
      return /^-?\d{1,15}$/.test(value) ? Number(value) : refuse(place, 'a whole number', value);
    case 'biginteger': {
      const text = String(parseBigInteger(value) ?? refuse(place, 'a whole number', value));
      return SORTABLE_INTEGER.to(text) as string;
    }
    case 'float':
    case 'decimal':
      return DECIMAL.test(value) && Number.isFinite(Number(value))
        ? Number(value)
        : refuse(place, 'a number', value);
    case 'boolean':
      // SQLite's driver binds no booleans.
      return Number(parseBoolean(value) ?? refuse(place, 'true or false', value));
    case 'datetime':
      return isDatetime(value)
        ? Date.parse(value)
        : refuse(place, 'a datetime such as 2020-01-31T12:00:00.000Z', value);
    case 'timestamp':
      return isTimestamp(value)
        ? parseTimestamp(value)
        : refuse(place, 'a datetime, or epoch milliseconds', value);
    case 'time':
      return isTime(value) ? normalizeTime(value) : refuse(place, 'a time such as 12:30:00.000', value);
    default:
      return value;
  }
}

/** Strapi's casts; null: the value is none of them. */
function parseBoolean(value: unknown): boolean | null {
  if (value === 'true' || value === 't' || value === '1') return true;
  return value === 'false' || value === 'f' || value === '0' ? false : null;
}

function refuse({ path, operator }: Place, what: string, value: unknown): never {
  throw RequestValidationError.at(
    ['filters', ...path, operator],
    `${writePath(path)}[${operator}] must be ${what}`,
    value,
  );
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
