import {
  type Attribute,
  type RelationAttribute,
  SCALAR_TYPES,
  type ScalarAttribute,
  type ScalarType,
} from '../content-type.js';
import { scalarProblem } from '../validation/scalar-problem.js';
import { isObject, type SchemaObject } from './schema-object.js';

/** Refuses an attribute: the message says what is wrong, and what it can be. */
export type Refuse = (problem: string) => never;

const TEXT_RULES = ['minLength', 'maxLength', 'default'];

/** Which rules a type has beside `required` and `private`. */
const RULES: Record<Attribute['type'], readonly string[]> = {
  string: [...TEXT_RULES, 'unique'],
  text: TEXT_RULES,
  email: [...TEXT_RULES, 'unique'],
  uid: [...TEXT_RULES, 'unique'],
  enumeration: ['enum', 'default', 'unique'],
  integer: ['min', 'max', 'default', 'unique'],
  decimal: ['min', 'max', 'default', 'unique'],
  boolean: ['default'],
  date: ['default', 'unique'],
  datetime: ['default', 'unique'],
  json: ['default'],
  relation: ['relation', 'target'],
  media: ['multiple'],
};

/** What Strapi's own files hold for its admin page and for the other side of a relation; it changes nothing here. */
const WITHOUT_EFFECT = ['pluginOptions', 'configurable', 'visible', 'writable', 'searchable', 'inversedBy'];

/** These types have a column of 255 characters. */
const LONGEST_STRING = 255;

/**
 * Reads an attribute of a `schema.json`.
 *
 * @param refuse throws with the file's and the attribute's name
 */
export function parseAttribute(name: string, source: unknown, refuse: Refuse): Attribute {
  if (!isObject(source)) refuse('must be an object such as {"type": "string"}.');
  const type = typeOf(source, refuse);
  const known = ['type', 'required', 'private', ...RULES[type], ...WITHOUT_EFFECT];
  const unknown = Object.keys(source).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    refuse(
      `the rule "${unknown}" is none that ${type} has; it can have required, private, ${RULES[type].join(', ')}.`,
    );
  }
  const rules = {
    name,
    required: flag(source, 'required', refuse),
    private: flag(source, 'private', refuse),
  };
  if (type === 'relation') return { ...rules, ...relation(source, refuse) };
  if (type === 'media') return { ...rules, type, multiple: flag(source, 'multiple', refuse) };
  return scalar({ ...rules, type, unique: flag(source, 'unique', refuse) }, source, refuse);
}

function typeOf(source: SchemaObject, refuse: Refuse): Attribute['type'] {
  const { type } = source;
  if (typeof type === 'string' && Object.hasOwn(RULES, type)) return type as Attribute['type'];
  const which = [...SCALAR_TYPES, 'relation', 'media'].join(', ');
  return refuse(
    type === undefined
      ? `has no "type"; it can be ${which}.`
      : `the type ${JSON.stringify(type)} is unknown; it can be ${which}.`,
  );
}

function relation(
  source: SchemaObject,
  refuse: Refuse,
): Pick<RelationAttribute, 'type' | 'relation' | 'target'> {
  const { relation: kind, target } = source;
  if (kind !== 'manyToOne' && kind !== 'manyToMany') {
    return refuse(`"relation" is ${JSON.stringify(kind)}; it can be manyToOne or manyToMany.`);
  }
  if (typeof target !== 'string')
    return refuse('"target" must be the uid of a content type: api::category.category.');
  return { type: 'relation', relation: kind, target };
}

function scalar(
  rules: Pick<ScalarAttribute, 'name' | 'type' | 'required' | 'private' | 'unique'>,
  source: SchemaObject,
  refuse: Refuse,
): ScalarAttribute {
  const { type } = rules;
  const attribute: ScalarAttribute = { ...rules };
  if (type === 'enumeration') attribute.values = enumValues(source, refuse);
  if (['string', 'email', 'uid', 'enumeration'].includes(type)) attribute.maxLength = LONGEST_STRING;
  for (const key of ['min', 'max'] as const) {
    if (source[key] !== undefined) attribute[key] = bound(source, key, type, refuse);
  }
  for (const key of ['minLength', 'maxLength'] as const) {
    if (source[key] !== undefined) attribute[key] = length(source, key, type, refuse);
  }
  if ((attribute.min ?? -Infinity) > (attribute.max ?? Infinity)) refuse('"min" is greater than "max".');
  if ((attribute.minLength ?? 0) > (attribute.maxLength ?? Infinity)) {
    refuse('"minLength" is greater than "maxLength".');
  }
  const { default: byDefault } = source;
  if (byDefault === undefined) return attribute;
  const problem = byDefault === null ? null : scalarProblem(attribute, byDefault);
  if (problem !== null) refuse(`its default does not fit: ${problem}.`);
  return { ...attribute, default: byDefault };
}

function flag(source: SchemaObject, key: string, refuse: Refuse): boolean {
  const value = source[key] ?? false;
  return typeof value === 'boolean' ? value : refuse(`"${key}" must be true or false.`);
}

function bound(source: SchemaObject, key: string, type: ScalarType, refuse: Refuse): number {
  const value = source[key];
  if (typeof value !== 'number' || !Number.isFinite(value)) return refuse(`"${key}" must be a number.`);
  if (type === 'integer' && !Number.isInteger(value)) return refuse(`"${key}" must be a whole number.`);
  return value;
}

function length(source: SchemaObject, key: string, type: ScalarType, refuse: Refuse): number {
  const value = source[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    return refuse(`"${key}" must be a whole number of characters, 0 or more.`);
  }
  if (type !== 'text' && value > LONGEST_STRING) {
    return refuse(`"${key}" is ${value}, but ${type} holds ${LONGEST_STRING} characters; use the type text.`);
  }
  return value;
}

function enumValues(source: SchemaObject, refuse: Refuse): string[] {
  const { enum: values } = source;
  const fit = (value: unknown) => typeof value === 'string' && value !== '' && value.length <= LONGEST_STRING;
  if (!Array.isArray(values) || values.length === 0 || !values.every(fit)) {
    return refuse(`"enum" must be a list of texts of 1 to ${LONGEST_STRING} characters, at least one.`);
  }
  return values as string[];
}
