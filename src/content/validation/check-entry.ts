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
import { createEmptyData, type EntryData, type ComponentData } from './entry-data.js';
import { findScalarProblem } from './scalar-problem.js';
import { toStoredValue } from './stored-value.js';
import { isId } from '../entry-id.js';

/** How values are looked at. */
export interface CheckContext {
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
export function checkEntry(type: ContentType, body: unknown, kind: CheckContext['kind']): EntryData {
  const issues: ValidationIssue[] = [];
  const values = readData(body, 'object') as Record<string, unknown>;
  const data = checkValues(type.attributes, values, [], createCheckContext(type, kind, issues));
  if (issues.length > 0) throw new RequestValidationError(issues);
  return data;
}

/** How values of a content type's entries are looked at. */
export function createCheckContext(
  { draftAndPublish, components }: ContentType,
  kind: CheckContext['kind'],
  issues: ValidationIssue[],
): CheckContext {
  return { kind, isDraft: draftAndPublish, components, issues };
}

/**
 * What stands under `data` in a request's body.
 *
 * @param kind what it must be
 * @throws {RequestValidationError} when it is not what it must be, or something stands beside it
 */
export function readData(body: unknown, kind: 'object' | 'array'): unknown {
  const object = ofType('object');
  if (object(body, 'body') !== null) throw RequestValidationError.at(['data'], 'data is a required field');
  const { data, ...others } = body as Record<string, unknown>;
  const message = required(data, 'data') ?? ofType(kind)(data, 'data');
  if (message !== null) throw RequestValidationError.at(['data'], message, data);
  const issues = findUnspecifiedKeys(others, new Set(), []);
  if (issues.length > 0) throw new RequestValidationError(issues);
  return data;
}

/**
 * Checks values against attributes.
 *
 * @param path where they stand in the request, below `data`
 * @param beside keys that may stand beside the attributes
 */
export function checkValues(
  attributes: readonly Attribute[],
  given: Record<string, unknown>,
  path: string[],
  checking: CheckContext,
  beside: readonly string[] = [],
): EntryData {
  const data = createEmptyData();
  const names = new Set(beside);
  for (const attribute of attributes) {
    const { name } = attribute;
    names.add(name);
    // Own keys alone: an attribute may be called what every object inherits.
    const sent = Object.hasOwn(given, name) ? given[name] : undefined;
    const value = checking.kind === 'whole' ? applyDefault(attribute, sent) : sent;
    if (value === undefined && checking.kind === 'partial') continue;
    const message = findProblem(attribute, value, checking);
    if (message !== null) {
      checking.issues.push({ path: [...path, name], message, name: 'ValidationError', value });
    } else if (isScalar(attribute)) {
      data.scalars.set(name, toStoredValue(attribute.type, value));
    } else if (hasComponents(attribute)) {
      data.components.set(name, checkComponentValues(attribute, value, [...path, name], checking));
    } else if (value !== undefined) {
      data.links.set(name, [value ?? []].flat() as number[]);
    }
  }
  checking.issues.push(...findUnspecifiedKeys(given, names, path));
  return data;
}

function applyDefault(attribute: Attribute, value: unknown): unknown {
  if (value !== undefined || !isScalar(attribute)) return value;
  return structuredClone(attribute.default);
}

function findProblem(attribute: Attribute, value: unknown, { isDraft }: CheckContext): string | null {
  if (attribute.required && !isDraft) {
    const missing = findMissingProblem(attribute, value);
    if (missing !== null) return missing;
  }
  if (value === undefined || value === null) return null;
  if (isScalar(attribute)) return findScalarProblem(attribute, value, isDraft);
  return hasComponents(attribute) ? null : findLinkProblem(attribute, value);
}

/** What is wrong with a value that must be there, null when it is. */
export function findMissingProblem(attribute: Attribute, value: unknown): string | null {
  const isEmpty = Array.isArray(value) && value.length === 0 && !isScalar(attribute);
  return required(isEmpty ? null : value, attribute.name);
}

function findUnspecifiedKeys(
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
export function checkComponentValues(
  attribute: ComponentHolder,
  value: unknown,
  path: string[],
  checking: CheckContext,
): ComponentData[] {
  if (value === undefined || value === null) return [];
  const refuse = (at: string[], message: string, what: unknown): [] => {
    checking.issues.push({ path: at, message, name: 'ValidationError', value: what });
    return [];
  };
  const isMany = isToMany(attribute);
  const problem =
    ofType(isMany ? 'array' : 'object')(value, attribute.name) ??
    findCountProblem(attribute, value, checking);
  if (problem !== null) return refuse(path, problem, value);
  if (!isMany) return checkOneComponent(attribute, value as Record<string, unknown>, path, checking, refuse);
  const list = (value as unknown[]).flatMap((item, index) => {
    const at = [...path, String(index)];
    const wrong = ofType('object')(item, `${attribute.name}[${index}]`);
    if (wrong !== null) return refuse(at, wrong, item);
    return checkOneComponent(attribute, item as Record<string, unknown>, at, checking, refuse);
  });
  const ids = list.flatMap(({ id }) => id ?? []);
  if (new Set(ids).size < ids.length) refuse(path, `${attribute.name} must not have an id twice`, ids);
  return list;
}

function checkOneComponent(
  attribute: ComponentHolder,
  value: Record<string, unknown>,
  path: string[],
  checking: CheckContext,
  refuse: (at: string[], message: string, what: unknown) => [],
): ComponentData[] {
  const { id = null } = value;
  if (id !== null && !isId(id)) return refuse([...path, 'id'], 'id must be an id (a whole number)', id);
  const component = resolveComponent(attribute, value, checking);
  if (!component) {
    const { components = [] } = attribute as Partial<DynamicZoneAttribute>;
    const message = `__component must be one of the following values: ${components.join(', ')}`;
    return refuse([...path, '__component'], message, value['__component']);
  }
  // What stands there already keeps what is left out.
  const inside: CheckContext = { ...checking, kind: id === null ? 'whole' : 'partial' };
  const beside = attribute.type === 'dynamiczone' ? ['id', '__component'] : ['id'];
  return [{ component, id, path, data: checkValues(component.attributes, value, path, inside, beside) }];
}

function resolveComponent(
  attribute: ComponentHolder,
  value: Record<string, unknown>,
  { components }: CheckContext,
): Component | undefined {
  if (attribute.type === 'component') return components.get(attribute.component);
  const kind = value['__component'];
  return attribute.components.includes(kind as string) ? components.get(kind as string) : undefined;
}

/** What is wrong with how many there are; a draft may have too few. */
function findCountProblem(
  attribute: ComponentHolder,
  value: unknown,
  { isDraft }: CheckContext,
): string | null {
  if (!Array.isArray(value)) return null;
  const { name, max = MOST_LINKED } = attribute;
  const most = Math.min(max, MOST_LINKED);
  if (value.length > most) return `${name} field must have less than or equal to ${most} items`;
  return isDraft ? null : findTooFewProblem(attribute, value);
}

/** What is wrong with too few components, null when they are enough. None at all is what `required` minds. */
export function findTooFewProblem(
  { name, min = 0 }: ComponentHolder,
  list: readonly unknown[],
): string | null {
  return list.length > 0 && list.length < min ? `${name} field must have at least ${min} items` : null;
}

/** So many things, and no more, are linked or listed in one attribute. */
export const MOST_LINKED = 1_000;

/** What is wrong with a value that says what an attribute points to, null when nothing is. */
export function findLinkProblem(
  attribute: RelationAttribute | MediaAttribute,
  value: unknown,
): string | null {
  const { name } = attribute;
  if (!isToMany(attribute)) return isId(value) ? null : `${name} must be an id (a whole number) or null`;
  if (!Array.isArray(value) || !value.every(isId)) return `${name} must be an array of ids (whole numbers)`;
  if (value.length > MOST_LINKED) return `${name} must have at most ${MOST_LINKED} ids`;
  return new Set(value).size < value.length ? `${name} must not have an id twice` : null;
}
