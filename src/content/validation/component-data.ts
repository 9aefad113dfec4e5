import { ofType } from '../../http/worded-checks.js';
import {
  type Component,
  type ComponentAttribute,
  type DynamicZoneAttribute,
  isToMany,
} from '../content-type.js';
import { isId } from '../entries/entry-id.js';
import { type Checking, checkedValues } from './checked-data.js';
import type { ComponentData } from './entry-data.js';
import { MOST_LINKED } from './link-problem.js';

type Attribute = ComponentAttribute | DynamicZoneAttribute;

/** Checks the components that a request sets: an object, a list of them where there may be several, or null. */
export function componentDataIn(
  attribute: Attribute,
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
  attribute: Attribute,
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
  attribute: Attribute,
  value: Record<string, unknown>,
  { components }: Checking,
): Component | undefined {
  if (attribute.type === 'component') return components.get(attribute.component);
  const kind = value['__component'];
  return attribute.components.includes(kind as string) ? components.get(kind as string) : undefined;
}

/** What is wrong with how many there are; a draft may have too few. */
function countProblem(attribute: Attribute, value: unknown, { isDraft }: Checking): string | null {
  if (!Array.isArray(value)) return null;
  const { name, max = MOST_LINKED } = attribute;
  const most = Math.min(max, MOST_LINKED);
  if (value.length > most) return `${name} field must have less than or equal to ${most} items`;
  return isDraft ? null : tooFewProblem(attribute, value);
}

/** What is wrong with too few components, null when they are enough. None at all is what `required` minds. */
export function tooFewProblem({ name, min = 0 }: Attribute, list: readonly unknown[]): string | null {
  return list.length > 0 && list.length < min ? `${name} field must have at least ${min} items` : null;
}
