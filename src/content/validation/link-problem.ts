import { isToMany, type MediaAttribute, type RelationAttribute } from '../content-type.js';
import { isId } from '../entries/entry-id.js';

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
