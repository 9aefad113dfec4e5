import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import { hasComponents, isScalar, isToMany } from '../content-type.js';
import type { StoredComponent } from '../tables/content-entities.js';
import type { ComponentData } from '../validation/entry-data.js';
import { applyLinkChange } from '../validation/link-change.js';
import { readComponents, readIds } from '../relations/references.js';

/**
 * Merges a request's components into the stored list of an attribute: existing components keep the attributes that the
 * request leaves out, new ones get an unused id.
 *
 * @param before the stored list
 * @throws {RequestValidationError} with each id that is not in the stored list
 */
export function mergeComponents(
  before: readonly StoredComponent[],
  given: readonly ComponentData[],
): StoredComponent[] {
  const issues: ValidationIssue[] = [];
  const stored = mergeList(before, given, issues);
  if (issues.length > 0) throw new RequestValidationError(issues);
  return stored;
}

function mergeList(
  before: readonly StoredComponent[],
  given: readonly ComponentData[],
  issues: ValidationIssue[],
): StoredComponent[] {
  let last = Math.max(0, ...before.map(({ id }) => id));
  return given.map((one) => {
    const { component, id, path } = one;
    const kept = before.find((other) => other.id === id && other.__component === component.uid);
    if (id !== null && !kept) {
      const message = `id names a component that does not stand there: ${id}`;
      issues.push({ path: [...path, 'id'], message, name: 'ValidationError', value: id });
    }
    return mergeComponent(kept ?? { id: (last += 1), __component: component.uid }, one, issues);
  });
}

function mergeComponent(
  before: StoredComponent,
  { component, data }: ComponentData,
  issues: ValidationIssue[],
): StoredComponent {
  const merged: StoredComponent = { id: before.id, __component: component.uid };
  for (const attribute of component.attributes) {
    const { name } = attribute;
    if (isScalar(attribute)) {
      merged[name] = data.scalars.has(name) ? data.scalars.get(name) : (before[name] ?? null);
    } else if (hasComponents(attribute)) {
      const given = data.components.get(name);
      const inside = readComponents(before, name);
      merged[name] = given ? mergeList(inside, given, issues) : inside;
    } else {
      const change = data.linkChanges.get(name);
      const current = readIds(before, name);
      merged[name] = change
        ? applyLinkChange(current, change, isToMany(attribute))
        : (data.links.get(name) ?? current);
    }
  }
  return merged;
}
