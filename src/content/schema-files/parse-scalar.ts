import type { ScalarAttribute, ScalarType } from '../content-type.js';
import { findPatternProblem, findScalarProblem, parseBigInteger } from '../validation/scalar-problem.js';
import { type AttributePlace, parseFlag, type Refuse, type SchemaObject } from './schema-object.js';

/** The length of the column of short types, characters. */
const LONGEST_STRING = 255;

const SHORT_TYPES: readonly ScalarType[] = ['string', 'email', 'uid', 'enumeration', 'password'];

/** Parses a scalar attribute; its keys are checked already. */
export function parseScalar(
  rules: Pick<ScalarAttribute, 'name' | 'type' | 'required' | 'private'>,
  source: SchemaObject,
  place: AttributePlace,
): ScalarAttribute {
  const { refuse, isInComponent } = place;
  const isUnique = parseFlag(source, 'unique', refuse);
  const type = isUnique ? rules.type : widenString(rules.type, source, place);
  const attribute: ScalarAttribute = { ...rules, type, unique: isUnique };
  if (isInComponent && attribute.unique) refuse('an attribute of a component cannot be unique.');
  // As in Strapi, a uid is unique by default.
  if (type === 'uid' && source['unique'] === undefined) attribute.unique = !isInComponent;
  if (type === 'enumeration') attribute.values = parseEnum(source, refuse);
  if (SHORT_TYPES.includes(type)) attribute.maxLength = LONGEST_STRING;
  for (const key of ['min', 'max'] as const) {
    if (isSet(source[key])) attribute[key] = parseBound(source, key, type, refuse);
  }
  for (const key of ['minLength', 'maxLength'] as const) {
    if (isSet(source[key])) attribute[key] = parseLength(source, key, type, place);
  }
  if (isSet(source['regex'])) attribute.regex = parseRegex(source, refuse);
  if ((attribute.min ?? -Infinity) > (attribute.max ?? Infinity)) refuse('"min" is greater than "max".');
  if ((attribute.minLength ?? 0) > (attribute.maxLength ?? Infinity)) {
    refuse('"minLength" is greater than "maxLength".');
  }
  const { default: byDefault } = source;
  if (byDefault === undefined) return attribute;
  const problem = byDefault === null ? null : findScalarProblem(attribute, byDefault);
  if (problem !== null) refuse(`its default does not fit: ${problem}.`);
  return { ...attribute, default: byDefault };
}

/** In Strapi's files null removes a rule. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function parseRegex(source: SchemaObject, refuse: Refuse): string {
  const { regex: pattern } = source;
  if (typeof pattern !== 'string') return refuse('"regex" must be a pattern, as text.');
  const problem = findPatternProblem(pattern);
  if (problem === null) return pattern;
  return refuse(
    `"regex" is ${JSON.stringify(pattern)}, which cannot be used (${problem}); patterns look neither ahead nor behind, nor back at groups.`,
  );
}

function parseBound(source: SchemaObject, key: string, type: ScalarType, refuse: Refuse): number | bigint {
  const value = source[key];
  if (type === 'biginteger') {
    return parseBigInteger(value) ?? refuse(`"${key}" must be a whole number, or text of digits.`);
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return refuse(`"${key}" must be a number.`);
  if (type === 'integer' && !Number.isInteger(value)) return refuse(`"${key}" must be a whole number.`);
  return value;
}

/** A string that may be longer than its column is stored as text is. */
function widenString(type: ScalarType, { maxLength }: SchemaObject, { note }: AttributePlace): ScalarType {
  if (type !== 'string' || typeof maxLength !== 'number' || maxLength <= LONGEST_STRING) return type;
  note('different', `is stored as text, because its "maxLength" is ${maxLength}`);
  return 'text';
}

function parseLength(
  source: SchemaObject,
  key: 'minLength' | 'maxLength',
  type: ScalarType,
  { refuse, note }: AttributePlace,
): number {
  const value = source[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    return refuse(`"${key}" must be a whole number of characters, 0 or more.`);
  }
  if (SHORT_TYPES.includes(type) && value > LONGEST_STRING) {
    if (key === 'maxLength') {
      note('different', `holds at most ${LONGEST_STRING} characters, although its "maxLength" is ${value}`);
      return LONGEST_STRING;
    }
    return refuse(`"${key}" is ${value}, but ${type} holds ${LONGEST_STRING} characters; use the type text.`);
  }
  return value;
}

function parseEnum(source: SchemaObject, refuse: Refuse): string[] {
  const { enum: values } = source;
  const fit = (value: unknown) => typeof value === 'string' && value !== '' && value.length <= LONGEST_STRING;
  if (!Array.isArray(values) || values.length === 0 || !values.every(fit)) {
    return refuse(`"enum" must be a list of texts of 1 to ${LONGEST_STRING} characters, at least one.`);
  }
  return values as string[];
}
