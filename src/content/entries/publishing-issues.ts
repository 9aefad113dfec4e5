import type { ValidationIssue } from '../../http/envelope-error.js';
import {
  type Attribute,
  type Component,
  hasComponents,
  isMedia,
  isRelation,
  isScalar,
  isToMany,
} from '../content-type.js';
import { findMissingProblem, findTooFewProblem } from '../validation/check-entry.js';
import { findScalarProblem } from '../validation/scalar-problem.js';
import { toPrintedValue } from '../validation/stored-value.js';
import type { Pointed, PopulatedEntry } from '../serialization/populated-entry.js';

type Values = Readonly<Record<string, unknown>>;

/** What a draft lacks to be published: what was not asked of it while it was worked on. */
export function findPublishingIssues({ type, row, pointed }: PopulatedEntry): ValidationIssue[] {
  return findIssues(type, row, pointed, []);
}

function findIssues(
  owner: Pick<Component, 'attributes'>,
  values: Values,
  pointed: Pointed,
  path: string[],
): ValidationIssue[] {
  return owner.attributes.flatMap((attribute) => {
    const at = [...path, attribute.name];
    const message = findProblem(attribute, values, pointed);
    if (message !== null) return [{ path: at, message, name: 'ValidationError' as const }];
    const inner = pointed.components.get(attribute.name) ?? [];
    const isSeveral = !isScalar(attribute) && isToMany(attribute);
    return inner.flatMap((one, index) =>
      findIssues(one.component, one.value, one.pointed, isSeveral ? [...at, String(index)] : at),
    );
  });
}

function findProblem(attribute: Attribute, values: Values, pointed: Pointed): string | null {
  const { name } = attribute;
  // What is private is not looked up, so it is not known what it points to.
  if (attribute.private && !isScalar(attribute)) return null;
  const value = readValue(attribute, values, pointed);
  const missing = attribute.required ? findMissingProblem(attribute, value) : null;
  if (missing !== null || value === null) return missing;
  if (hasComponents(attribute)) return findTooFewProblem(attribute, pointed.components.get(name) ?? []);
  // A password was asked when it was set: what is kept of it is longer, and of other characters.
  return isScalar(attribute) && attribute.type !== 'password' ? findScalarProblem(attribute, value) : null;
}

function readValue(attribute: Attribute, values: Values, { entries, files, components }: Pointed): unknown {
  const { name } = attribute;
  if (isScalar(attribute)) return toPrintedValue(attribute.type, values[name]);
  if (isRelation(attribute)) return entries.get(name) ?? [];
  return isMedia(attribute) ? (files.get(name) ?? []) : (components.get(name) ?? []);
}
