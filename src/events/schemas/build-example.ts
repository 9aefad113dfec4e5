import type { JsonObject, JsonValue } from '../json.js';

/** Example texts of common JSON Schema formats. */
const OF_FORMAT: Record<string, string> = {
  date: '2020-01-31',
  'date-time': '2020-01-31T12:00:00.000Z',
  time: '12:00:00Z',
  email: 'jane@example.com',
  uri: 'https://example.com/',
  uuid: '0190163d-8694-739b-aea5-966c26f8ad91',
};

/** The greatest depth of an example: a schema may refer to itself. */
const DEEPEST = 12;

/**
 * Generates an example value from the simple keywords of a schema: its example, default or constant if it has one, null
 * if null is allowed, the required properties of an object. Patterns and combinations are ignored, so the value may not
 * fit the schema.
 */
export function buildExample(schema: JsonObject): JsonValue {
  return buildFrom(schema, schema, 0);
}

function buildFrom(schema: JsonValue | undefined, root: JsonObject, depth: number): JsonValue {
  if (!isObject(schema) || depth > DEEPEST) return null;
  const { $ref: ref, examples, default: byDefault, const: constant, enum: values } = schema;
  if (Array.isArray(examples) && examples[0] !== undefined) return examples[0];
  for (const given of [constant, byDefault]) if (given !== undefined) return given;
  if (Array.isArray(values) && values[0] !== undefined) return values[0];
  if (typeof ref === 'string') return buildFrom(resolveRef(ref, root), root, depth + 1);
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) {
    if (choices.some((choice) => isObject(choice) && choice['type'] === 'null')) return null;
    return mergeExamples(buildByType(schema, root, depth), buildFrom(choices[0], root, depth + 1));
  }
  return buildByType(schema, root, depth);
}

function buildByType(schema: JsonObject, root: JsonObject, depth: number): JsonValue {
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type ?? (schema['properties'] === undefined ? undefined : 'object')) {
    case 'object':
      return buildObject(schema, root, depth);
    case 'array':
      return Array.from({ length: toNumber(schema['minItems'], 0) }, () =>
        buildFrom(schema['items'], root, depth + 1),
      );
    case 'string':
      return buildText(schema);
    case 'integer':
    case 'number':
      return toNumber(schema['minimum'], Math.min(1, toNumber(schema['maximum'], 1)));
    case 'boolean':
      return true;
    default:
      return null;
  }
}

function buildObject(schema: JsonObject, root: JsonObject, depth: number): JsonObject {
  const { properties, required } = schema;
  const names = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
  return Object.fromEntries(
    names.map((name) => [
      name,
      buildFrom(
        isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : {},
        root,
        depth + 1,
      ),
    ]),
  );
}

function buildText({ format, minLength, maxLength, type, pattern }: JsonObject): JsonValue {
  if (pattern !== undefined && Array.isArray(type) && type.includes('null')) return null;
  const text = (typeof format === 'string' && OF_FORMAT[format]) || 'text';
  return text.padEnd(toNumber(minLength, 0), '.').slice(0, toNumber(maxLength, Infinity));
}

function mergeExamples(one: JsonValue, other: JsonValue): JsonValue {
  return isObject(one) && isObject(other) ? { ...one, ...other } : other;
}

/** Resolves a reference within the schema (`#/$defs/file`, a JSON Pointer, RFC 6901). */
function resolveRef(ref: string, root: JsonObject): JsonValue | undefined {
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

function toNumber(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
