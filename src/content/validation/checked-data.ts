import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import { ofType, required } from '../../http/worded-checks.js';
import { type Attribute, type ContentType, hasComponents, isScalar } from '../content-type.js';
import { componentDataIn } from './component-data.js';
import { emptyData, type EntryData } from './entry-data.js';
import { linkProblem } from './link-problem.js';
import { scalarProblem } from './scalar-problem.js';
import { storedValue } from './stored-value.js';

/** How values are looked at. */
export interface Checking {
  /** `whole`: what is left out gets its default; `partial`: what is left out is kept. */
  kind: 'whole' | 'partial';
  /** A draft may be unfinished: nothing is required of it yet. */
  isDraft: boolean;
  /** Where the components are found that attributes name. */
  components: ContentType['components'];
  /** Takes what is wrong. */
  issues: ValidationIssue[];
}

/**
 * Checks `{data: {…}}` against a content type; nothing is cast.
 *
 * @param kind `whole` for a new entry: what is left out gets its default, and must be there where it is required;
 *   `partial` for a change: what is left out is kept
 * @throws {RequestValidationError} with everything that is wrong
 */
export function checkedData(type: ContentType, body: unknown, kind: Checking['kind']): EntryData {
  const issues: ValidationIssue[] = [];
  const values = dataOf(body, 'object') as Record<string, unknown>;
  const data = checkedValues(type.attributes, values, [], checkingOf(type, kind, issues));
  if (issues.length > 0) throw new RequestValidationError(issues);
  return data;
}

/** How values of a content type's entries are looked at. */
export function checkingOf(
  { draftAndPublish, components }: ContentType,
  kind: Checking['kind'],
  issues: ValidationIssue[],
): Checking {
  return { kind, isDraft: draftAndPublish, components, issues };
}

/**
 * What stands under `data` in a request's body.
 *
 * @param kind what it must be
 * @throws {RequestValidationError} when it is not what it must be, or something stands beside it
 */
export function dataOf(body: unknown, kind: 'object' | 'array'): unknown {
  const object = ofType('object');
  if (object(body, 'body') !== null) throw RequestValidationError.at(['data'], 'data is a required field');
  const { data, ...others } = body as Record<string, unknown>;
  const message = required(data, 'data') ?? ofType(kind)(data, 'data');
  if (message !== null) throw RequestValidationError.at(['data'], message, data);
  const issues = unspecified(others, new Set(), []);
  if (issues.length > 0) throw new RequestValidationError(issues);
  return data;
}

/**
 * Checks values against attributes.
 *
 * @param path where they stand in the request, below `data`
 * @param beside keys that may stand beside the attributes
 */
export function checkedValues(
  attributes: readonly Attribute[],
  given: Record<string, unknown>,
  path: string[],
  checking: Checking,
  beside: readonly string[] = [],
): EntryData {
  const data = emptyData();
  const names = new Set(beside);
  for (const attribute of attributes) {
    const { name } = attribute;
    names.add(name);
    // Own keys alone: an attribute may be called what every object inherits.
    const sent = Object.hasOwn(given, name) ? given[name] : undefined;
    const value = checking.kind === 'whole' ? withDefault(attribute, sent) : sent;
    if (value === undefined && checking.kind === 'partial') continue;
    const message = problemOf(attribute, value, checking);
    if (message !== null) {
      checking.issues.push({ path: [...path, name], message, name: 'ValidationError', value });
    } else if (isScalar(attribute)) {
      data.scalars.set(name, storedValue(attribute.type, value));
    } else if (hasComponents(attribute)) {
      data.components.set(name, componentDataIn(attribute, value, [...path, name], checking));
    } else if (value !== undefined) {
      data.links.set(name, [value ?? []].flat() as number[]);
    }
  }
  checking.issues.push(...unspecified(given, names, path));
  return data;
}

function withDefault(attribute: Attribute, value: unknown): unknown {
  if (value !== undefined || !isScalar(attribute)) return value;
  return structuredClone(attribute.default);
}

function problemOf(attribute: Attribute, value: unknown, { isDraft }: Checking): string | null {
  if (attribute.required && !isDraft) {
    const missing = missingProblem(attribute, value);
    if (missing !== null) return missing;
  }
  if (value === undefined || value === null) return null;
  if (isScalar(attribute)) return scalarProblem(attribute, value, isDraft);
  return hasComponents(attribute) ? null : linkProblem(attribute, value);
}

/** What is wrong with a value that must be there, null when it is. */
export function missingProblem(attribute: Attribute, value: unknown): string | null {
  const isEmpty = Array.isArray(value) && value.length === 0 && !isScalar(attribute);
  return required(isEmpty ? null : value, attribute.name);
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
