import type { JsonObject, JsonValue } from '../json.js';

/** Keywords whose value is data, in which nothing refers to anything. */
const DATA = new Set(['const', 'enum', 'default', 'example', 'examples']);

/** Keywords whose value holds schemas by names of the author's own. */
const NAMED = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions']);

/**
 * A JSON Schema as it reads when it stands within another document: what it refers to within itself (`#/$defs/file`)
 * is referred to from that document's root. It loses its `$id`, because it is found by its place, and its `$schema`,
 * which the document says.
 *
 * @param place where it stands: `#/components/schemas/entry.data`
 */
export function relocateRefs(schema: JsonObject, place: string): JsonObject {
  const { $id: _, $schema: __, ...rest } = schema;
  return relocate(rest, place);
}

function relocate(schema: JsonObject, place: string): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, relocateValue(key, value, place)]),
  );
}

function relocateValue(key: string, value: JsonValue, place: string): JsonValue {
  if (DATA.has(key)) return value;
  if ((key === '$ref' || key === '$dynamicRef') && typeof value === 'string') {
    return value.startsWith('#') ? place + value.slice(1) : value;
  }
  if (Array.isArray(value)) return value.map((item) => (isObject(item) ? relocate(item, place) : item));
  if (!isObject(value)) return value;
  if (!NAMED.has(key)) return relocate(value, place);
  return Object.fromEntries(
    Object.entries(value).map(([name, named]) => [name, isObject(named) ? relocate(named, place) : named]),
  );
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
