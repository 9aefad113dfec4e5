import { ofType, required } from '../../http/checks.js';
import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import {
  type Attribute,
  type Component,
  type ComponentAttribute,
  type ContentType,
  type DynamicZoneAttribute,
  hasComponents,
  isRelation,
  isScalar,
  isToMany,
  type MediaAttribute,
  type RelationAttribute,
} from '../content-type.js';
import { isId } from '../entry-id.js';
import { castValue } from './cast-value.js';
import { type ComponentData, createEmptyData, type EntryData } from './entry-data.js';
import { hasIdsAlone, hasObjects, parseLinkChange } from './link-change.js';
import { findScalarProblem } from './scalar-problem.js';
import { toStoredValue } from './stored-value.js';

/** The greatest number of links or components in one attribute. */
export const MOST_LINKED = 1_000;

/** The context of a validation. */
export interface CheckContext {
  /** `whole`: missing attributes get their default; `partial`: missing attributes keep their value. */
  kind: 'whole' | 'partial';
  /** Whether the entry is a draft: drafts may be incomplete, so `required` and lower bounds are not enforced. */
  isDraft: boolean;
  /** The components of the server by uid. */
  components: ContentType['components'];
  /** Collects the problems. */
  issues: ValidationIssue[];
}

/**
 * Validates `{data: {…}}` against a content type. Values are cast as Strapi's are: see {@link castValue}.
 *
 * @param kind `whole` for a new entry: missing attributes get their default, and required ones must be present;
 *   `partial` for a change: missing attributes keep their value
 * @throws {RequestValidationError} with all problems
 */
export function checkEntry(type: ContentType, body: unknown, kind: CheckContext['kind']): EntryData {
  const issues: ValidationIssue[] = [];
  const values = readData(body, 'object') as Record<string, unknown>;
  const data = checkValues(type.attributes, values, [], createCheckContext(type, kind, issues));
  if (issues.length > 0) throw new RequestValidationError(issues);
  return data;
}

/** Creates the context to validate entries of a content type. */
export function createCheckContext(
  { draftAndPublish, components }: ContentType,
  kind: CheckContext['kind'],
  issues: ValidationIssue[],
): CheckContext {
  return { kind, isDraft: draftAndPublish, components, issues };
}

/**
 * Reads `data` of a request's body.
 *
 * @param kind the required type of `data`
 * @throws {RequestValidationError} when `data` has another type, or the body has other keys
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
 * Validates values against attributes and converts them to their stored form.
 *
 * @param path the path of the values in the request, below `data`
 * @param otherKeys keys that are allowed beside the attributes
 */
export function checkValues(
  attributes: readonly Attribute[],
  given: Record<string, unknown>,
  path: string[],
  context: CheckContext,
  otherKeys: readonly string[] = [],
): EntryData {
  const data = createEmptyData();
  const names = new Set(otherKeys);
  for (const attribute of attributes) {
    const { name } = attribute;
    names.add(name);
    // Own keys only: an attribute can have the name of an inherited property (`constructor`).
    const sent = Object.hasOwn(given, name) ? given[name] : undefined;
    const chosen = context.kind === 'whole' ? applyDefault(attribute, sent) : sent;
    const value = isScalar(attribute) ? castValue(attribute.type, chosen) : chosen;
    if (value === undefined && context.kind === 'partial') continue;
    const message = findProblem(attribute, value, context);
    if (message !== null) {
      context.issues.push({ path: [...path, name], message, name: 'ValidationError', value });
    } else if (isScalar(attribute)) {
      data.scalars.set(name, toStoredValue(attribute.type, value));
    } else if (hasComponents(attribute)) {
      data.components.set(name, checkComponentValues(attribute, value, [...path, name], context));
    } else if (isGivenOtherwise(attribute, value)) {
      const change = parseLinkChange(attribute, value, MOST_LINKED);
      if (typeof change !== 'string') data.linkChanges.set(name, change);
    } else if (value !== undefined) {
      data.links.set(name, [value ?? []].flat() as number[]);
    }
  }
  context.issues.push(...findUnspecifiedKeys(given, names, path));
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
  if (hasComponents(attribute)) return null;
  if (!isGivenOtherwise(attribute, value)) return findLinkProblem(attribute, value);
  const change = parseLinkChange(attribute, value, MOST_LINKED);
  return typeof change === 'string' ? change : null;
}

/** Whether a relation or files are given otherwise than by ids alone, which are checked as the list that they are. */
function isGivenOtherwise(attribute: RelationAttribute | MediaAttribute, value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return isRelation(attribute) ? !hasIdsAlone(value) : hasObjects(value);
}

/** Returns the problem of a missing required value; null: the value is present. */
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

/** Validates the components of an attribute: an object, a list for several, or null. */
function checkComponentValues(
  attribute: ComponentHolder,
  value: unknown,
  path: string[],
  context: CheckContext,
): ComponentData[] {
  if (value === undefined || value === null) return [];
  const refuse = (at: string[], message: string, what: unknown): [] => {
    context.issues.push({ path: at, message, name: 'ValidationError', value: what });
    return [];
  };
  const isMany = isToMany(attribute);
  const problem =
    ofType(isMany ? 'array' : 'object')(value, attribute.name) ?? findCountProblem(attribute, value, context);
  if (problem !== null) return refuse(path, problem, value);
  if (!isMany) return checkOneComponent(attribute, value as Record<string, unknown>, path, context, refuse);
  const list = (value as unknown[]).flatMap((item, index) => {
    const at = [...path, String(index)];
    const wrong = ofType('object')(item, `${attribute.name}[${index}]`);
    if (wrong !== null) return refuse(at, wrong, item);
    return checkOneComponent(attribute, item as Record<string, unknown>, at, context, refuse);
  });
  const ids = list.flatMap(({ id }) => id ?? []);
  if (new Set(ids).size < ids.length) refuse(path, `${attribute.name} must not have an id twice`, ids);
  return list;
}

function checkOneComponent(
  attribute: ComponentHolder,
  value: Record<string, unknown>,
  path: string[],
  context: CheckContext,
  refuse: (at: string[], message: string, what: unknown) => [],
): ComponentData[] {
  const { id = null } = value;
  if (id !== null && !isId(id)) return refuse([...path, 'id'], 'id must be an id (a whole number)', id);
  const component = resolveComponent(attribute, value, context);
  if (!component) {
    const { components = [] } = attribute as Partial<DynamicZoneAttribute>;
    const message = `__component must be one of the following values: ${components.join(', ')}`;
    return refuse([...path, '__component'], message, value['__component']);
  }
  // A component with an id exists: its missing attributes keep their values.
  const inside: CheckContext = { ...context, kind: id === null ? 'whole' : 'partial' };
  const otherKeys = attribute.type === 'dynamiczone' ? ['id', '__component'] : ['id'];
  return [{ component, id, path, data: checkValues(component.attributes, value, path, inside, otherKeys) }];
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

/** Returns the problem of the number of components; a draft may have too few. */
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

/** Returns the problem of too few components; null: none. An empty list is checked by `required`, not here. */
export function findTooFewProblem(
  { name, min = 0 }: ComponentHolder,
  list: readonly unknown[],
): string | null {
  return list.length > 0 && list.length < min ? `${name} field must have at least ${min} items` : null;
}

/** Returns the problem of the ids in a relation or media attribute; null: none. */
function findLinkProblem(attribute: RelationAttribute | MediaAttribute, value: unknown): string | null {
  const { name } = attribute;
  if (!isToMany(attribute)) return isId(value) ? null : `${name} must be an id (a whole number) or null`;
  if (!Array.isArray(value) || !value.every(isId)) return `${name} must be an array of ids (whole numbers)`;
  if (value.length > MOST_LINKED) return `${name} must have at most ${MOST_LINKED} ids`;
  return new Set(value).size < value.length ? `${name} must not have an id twice` : null;
}
