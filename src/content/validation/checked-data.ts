import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import { ofType, required } from '../../http/worded-checks.js';
import {
  type Attribute,
  type ContentType,
  isScalar,
  isToMany,
  type MediaAttribute,
  type RelationAttribute,
} from '../content-type.js';
import { isId } from '../entries/entry-id.js';
import { scalarProblem } from './scalar-problem.js';

const MOST_LINKED = 1_000;

/** What a request sets, by attribute name. What it leaves out is missing. */
export interface EntryData {
  /** As they are stored: a datetime in epoch milliseconds. */
  scalars: Map<string, unknown>;
  /** Ids of entries and files; none or one where the attribute is for one. */
  links: Map<string, number[]>;
}

/**
 * Checks `{data: {…}}` against a content type; nothing is cast.
 *
 * @param kind `whole` for a new entry: what is left out gets its default, and must be there where it is required;
 *   `partial` for a change: what is left out is kept
 * @throws {RequestValidationError} with everything that is wrong
 */
export function checkedData(type: ContentType, body: unknown, kind: 'whole' | 'partial'): EntryData {
  const values = dataOf(body);
  const issues: ValidationIssue[] = [];
  const data: EntryData = { scalars: new Map(), links: new Map() };
  for (const attribute of type.attributes) {
    const value = kind === 'whole' ? withDefault(attribute, values[attribute.name]) : values[attribute.name];
    if (value === undefined && kind === 'partial') continue;
    const message = problemOf(attribute, value);
    if (message !== null) issues.push({ path: [attribute.name], message, name: 'ValidationError', value });
    else if (isScalar(attribute)) data.scalars.set(attribute.name, stored(attribute.type, value ?? null));
    else if (value !== undefined) data.links.set(attribute.name, [value ?? []].flat() as number[]);
  }
  const names = new Set(type.attributes.map(({ name }) => name));
  issues.push(...unspecified(values, names, []));
  if (issues.length > 0) throw new RequestValidationError(issues);
  return data;
}

function dataOf(body: unknown): Record<string, unknown> {
  const object = ofType('object');
  if (object(body, 'body') !== null) throw RequestValidationError.at(['data'], 'data is a required field');
  const { data, ...others } = body as Record<string, unknown>;
  const message = required(data, 'data') ?? object(data, 'data');
  if (message !== null) throw RequestValidationError.at(['data'], message, data);
  const issues = unspecified(others, new Set(), []);
  if (issues.length > 0) throw new RequestValidationError(issues);
  // Own keys alone: an attribute may be called what every object inherits.
  return Object.assign(Object.create(null) as Record<string, unknown>, data);
}

function withDefault(attribute: Attribute, value: unknown): unknown {
  if (value !== undefined || !isScalar(attribute)) return value;
  return structuredClone(attribute.default);
}

function problemOf(attribute: Attribute, value: unknown): string | null {
  const isEmpty = value === undefined || value === null;
  if (attribute.required) {
    const missing = required(value, attribute.name);
    if (missing !== null) return missing;
    if (Array.isArray(value) && value.length === 0 && !isScalar(attribute)) {
      return `${attribute.name} is a required field`;
    }
  }
  if (isEmpty) return null;
  return isScalar(attribute) ? scalarProblem(attribute, value) : linkProblem(attribute, value);
}

function linkProblem(attribute: RelationAttribute | MediaAttribute, value: unknown): string | null {
  const { name } = attribute;
  if (!isToMany(attribute)) return isId(value) ? null : `${name} must be an id (a whole number) or null`;
  if (!Array.isArray(value) || !value.every(isId)) return `${name} must be an array of ids (whole numbers)`;
  if (value.length > MOST_LINKED) return `${name} must have at most ${MOST_LINKED} ids`;
  return new Set(value).size < value.length ? `${name} must not have an id twice` : null;
}

function stored(type: string, value: unknown): unknown {
  return type === 'datetime' && typeof value === 'string' ? Date.parse(value) : value;
}

function unspecified(
  values: Record<string, unknown>,
  names: ReadonlySet<string>,
  path: string[],
): ValidationIssue[] {
  const unknown = Object.keys(values).filter((key) => !names.has(key));
  if (unknown.length === 0) return [];
  return [
    { path, message: `this field has unspecified keys: ${unknown.join(', ')}`, name: 'ValidationError' },
  ];
}
