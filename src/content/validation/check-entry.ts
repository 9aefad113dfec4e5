import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import { ofType, required } from '../../http/checks.js';
import {
  type Attribute,
  type ContentType,
  hasComponents,
  isScalar,
  type Component,
  type ComponentAttribute,
  type DynamicZoneAttribute,
  isToMany,
  type MediaAttribute,
  type RelationAttribute,
} from '../content-type.js';
import { emptyData, type EntryData, type ComponentData } from './entry-data.js';
import { scalarProblem } from './scalar-problem.js';
import { storedValue } from './stored-value.js';
import { isId } from '../entry-id.js';

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
export function checkEntry(type: ContentType, body: unknown, kind: Checking['kind']): EntryData {
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

type ComponentHolder = ComponentAttribute | DynamicZoneAttribute;

/** Checks the components that a request sets: an object, a list of them where there may be several, or null. */
export function componentDataIn(
  attribute: ComponentHolder,
  value: unknown,
  path: string[],
  checking: Checking,
): ComponentData[] {
  if (value === undefined || value === null) return [];
  const refuse = (at: string[], message: string, what: unknown): [] => {
    checking.issues.push({ path: at, message, name: 'ValidationError', value: what });
    return [];
  };
  const isMany = isToMany(attribute);
  const problem =
    ofType(isMany ? 'array' : 'object')(value, attribute.name) ?? countProblem(attribute, value, checking);
  if (problem !== null) return refuse(path, problem, value);
  if (!isMany) return oneIn(attribute, value as Record<string, unknown>, path, checking, refuse);
  const list = (value as unknown[]).flatMap((item, index) => {
    const at = [...path, String(index)];
    const wrong = ofType('object')(item, `${attribute.name}[${index}]`);
    if (wrong !== null) return refuse(at, wrong, item);
    return oneIn(attribute, item as Record<string, unknown>, at, checking, refuse);
  });
  const ids = list.flatMap(({ id }) => id ?? []);
  if (new Set(ids).size < ids.length) refuse(path, `${attribute.name} must not have an id twice`, ids);
  return list;
}

function oneIn(
  attribute: ComponentHolder,
  value: Record<string, unknown>,
  path: string[],
  checking: Checking,
  refuse: (at: string[], message: string, what: unknown) => [],
): ComponentData[] {
  const { id = null } = value;
  if (id !== null && !isId(id)) return refuse([...path, 'id'], 'id must be an id (a whole number)', id);
  const component = componentIn(attribute, value, checking);
  if (!component) {
    const { components = [] } = attribute as Partial<DynamicZoneAttribute>;
    const message = `__component must be one of the following values: ${components.join(', ')}`;
    return refuse([...path, '__component'], message, value['__component']);
  }
  // What stands there already keeps what is left out.
  const inside: Checking = { ...checking, kind: id === null ? 'whole' : 'partial' };
  const beside = attribute.type === 'dynamiczone' ? ['id', '__component'] : ['id'];
  return [{ component, id, path, data: checkedValues(component.attributes, value, path, inside, beside) }];
}

function componentIn(
  attribute: ComponentHolder,
  value: Record<string, unknown>,
  { components }: Checking,
): Component | undefined {
  if (attribute.type === 'component') return components.get(attribute.component);
  const kind = value['__component'];
  return attribute.components.includes(kind as string) ? components.get(kind as string) : undefined;
}

/** What is wrong with how many there are; a draft may have too few. */
function countProblem(attribute: ComponentHolder, value: unknown, { isDraft }: Checking): string | null {
  if (!Array.isArray(value)) return null;
  const { name, max = MOST_LINKED } = attribute;
  const most = Math.min(max, MOST_LINKED);
  if (value.length > most) return `${name} field must have less than or equal to ${most} items`;
  return isDraft ? null : tooFewProblem(attribute, value);
}

/** What is wrong with too few components, null when they are enough. None at all is what `required` minds. */
export function tooFewProblem({ name, min = 0 }: ComponentHolder, list: readonly unknown[]): string | null {
  return list.length > 0 && list.length < min ? `${name} field must have at least ${min} items` : null;
}

/** So many things, and no more, are linked or listed in one attribute. */
export const MOST_LINKED = 1_000;

/** What is wrong with a value that says what an attribute points to, null when nothing is. */
export function linkProblem(attribute: RelationAttribute | MediaAttribute, value: unknown): string | null {
  const { name } = attribute;
  if (!isToMany(attribute)) return isId(value) ? null : `${name} must be an id (a whole number) or null`;
  if (!Array.isArray(value) || !value.every(isId)) return `${name} must be an array of ids (whole numbers)`;
  if (value.length > MOST_LINKED) return `${name} must have at most ${MOST_LINKED} ids`;
  return new Set(value).size < value.length ? `${name} must not have an id twice` : null;
}
