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
import type { LinkTargets, PopulatedEntry } from '../serialization/populated-entry.js';

type Values = Readonly<Record<string, unknown>>;

/** Finds the reasons why a draft cannot be published: the rules that drafts are exempt from. */
export function findPublishingIssues({ type, row, targets }: PopulatedEntry): ValidationIssue[] {
  return findIssues(type, row, targets, []);
}

function findIssues(
  owner: Pick<Component, 'attributes'>,
  values: Values,
  targets: LinkTargets,
  path: string[],
): ValidationIssue[] {
  return owner.attributes.flatMap((attribute) => {
    const at = [...path, attribute.name];
    const message = findProblem(attribute, values, targets);
    if (message !== null) return [{ path: at, message, name: 'ValidationError' as const }];
    const inner = targets.components.get(attribute.name) ?? [];
    const isSeveral = !isScalar(attribute) && isToMany(attribute);
    return inner.flatMap((one, index) =>
      findIssues(one.component, one.value, one.targets, isSeveral ? [...at, String(index)] : at),
    );
  });
}

function findProblem(attribute: Attribute, values: Values, targets: LinkTargets): string | null {
  const { name } = attribute;
  // Private attributes are not populated, so their links are not known here.
  if (attribute.private && !isScalar(attribute)) return null;
  const value = readValue(attribute, values, targets);
  const missing = attribute.required ? findMissingProblem(attribute, value) : null;
  if (missing !== null || value === null) return missing;
  if (hasComponents(attribute)) return findTooFewProblem(attribute, targets.components.get(name) ?? []);
  // A password was validated when it was set: the rules do not apply to its hash.
  return isScalar(attribute) && attribute.type !== 'password' ? findScalarProblem(attribute, value) : null;
}

function readValue(
  attribute: Attribute,
  values: Values,
  { entries, files, components }: LinkTargets,
): unknown {
  const { name } = attribute;
  if (isScalar(attribute)) return toPrintedValue(attribute.type, values[name]);
  if (isRelation(attribute)) return entries.get(name) ?? [];
  return isMedia(attribute) ? (files.get(name) ?? []) : (components.get(name) ?? []);
}
