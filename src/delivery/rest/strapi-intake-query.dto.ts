import type { Caller } from '../../auth/caller.js';
import { allOf, Check, ofType, Optional, type ValueCheck } from '../../http/checks.js';

const MOST_CHARACTERS = 32;

const aSource: ValueCheck = (value, property) =>
  /^[a-z0-9][a-z0-9-]{0,31}$/.test(value as string)
    ? null
    : `${property} must be 1 to ${MOST_CHARACTERS} small letters, digits and dashes, such as "shop"`;

/** The query of `POST /intake/strapi`. */
export class StrapiIntakeQuery {
  /** Which Strapi sends: its things and keys are not those of another one. Default: the name of the token. */
  @Optional()
  @Check(allOf(ofType('string'), aSource))
  source?: string;
}

/** Returns which Strapi sends: what the query says, else the token's name in the letters of a source. */
export function readSource({ source }: StrapiIntakeQuery, { name }: Caller): string {
  if (source !== undefined) return source;
  const letters = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MOST_CHARACTERS)
    .replaceAll(/^-|-$/g, '');
  return letters === '' ? 'strapi' : letters;
}
