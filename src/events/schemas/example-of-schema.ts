import type { JsonObject, JsonValue } from '../json.js';

/** Text of the formats that JSON Schema knows best. */
const OF_FORMAT: Record<string, string> = {
  date: '2020-01-31',
  'date-time': '2020-01-31T12:00:00.000Z',
  time: '12:00:00Z',
  email: 'jane@example.com',
  uri: 'https://example.com/',
  uuid: '0190163d-8694-739b-aea5-966c26f8ad91',
};

/** So deep and no deeper: a schema may refer to itself. */
const DEEPEST = 12;

/**
 * A value as a schema describes it, as far as its plain keywords tell: its example, default or constant where it has
 * one, null where it may be, the required properties of an object. What a pattern or a combination asks for is not
 * looked at, so that the value need not fit.
 */
export function exampleOfSchema(schema: JsonObject): JsonValue {
  return exampleOf(schema, schema, 0);
}

function exampleOf(schema: JsonValue | undefined, root: JsonObject, depth: number): JsonValue {
  if (!isObject(schema) || depth > DEEPEST) return null;
  const { $ref: ref, examples, default: byDefault, const: constant, enum: values } = schema;
  if (Array.isArray(examples) && examples[0] !== undefined) return examples[0];
  for (const given of [constant, byDefault]) if (given !== undefined) return given;
  if (Array.isArray(values) && values[0] !== undefined) return values[0];
  if (typeof ref === 'string') return exampleOf(found(ref, root), root, depth + 1);
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) {
    if (choices.some((choice) => isObject(choice) && choice['type'] === 'null')) return null;
    return merged(ofType(schema, root, depth), exampleOf(choices[0], root, depth + 1));
  }
  return ofType(schema, root, depth);
}

function ofType(schema: JsonObject, root: JsonObject, depth: number): JsonValue {
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type ?? (schema['properties'] === undefined ? undefined : 'object')) {
    case 'object':
      return objectOf(schema, root, depth);
    case 'array':
      return Array.from({ length: numberOr(schema['minItems'], 0) }, () =>
        exampleOf(schema['items'], root, depth + 1),
      );
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return numberOr(schema['minimum'], Math.min(1, numberOr(schema['maximum'], 1)));
    case 'boolean':
      return true;
    default:
      return null;
  }
}

function objectOf(schema: JsonObject, root: JsonObject, depth: number): JsonObject {
  const { properties, required } = schema;
  const names = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
  return Object.fromEntries(
    names.map((name) => [
      name,
      exampleOf(
        isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : {},
        root,
        depth + 1,
      ),
    ]),
  );
}

function textOf({ format, minLength, maxLength, type, pattern }: JsonObject): JsonValue {
  if (pattern !== undefined && Array.isArray(type) && type.includes('null')) return null;
  const text = (typeof format === 'string' && OF_FORMAT[format]) || 'text';
  return text.padEnd(numberOr(minLength, 0), '.').slice(0, numberOr(maxLength, Infinity));
}

function merged(one: JsonValue, other: JsonValue): JsonValue {
  return isObject(one) && isObject(other) ? { ...one, ...other } : other;
}

/** What a reference of the schema to a part of itself means: `#/$defs/file`. */
function found(ref: string, root: JsonObject): JsonValue | undefined {
  if (!ref.startsWith('#')) return undefined;
  const steps = ref
    .split('/')
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.reduce<JsonValue | undefined>(
    (at, step) => (isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined),
    root,
  );
}

function numberOr(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
