import type { JsonObject, JsonValue } from '../json.js';

/** Keywords whose value is data: a `$ref` in it is no reference. */
const DATA = new Set(['const', 'enum', 'default', 'example', 'examples']);

/** Keywords whose value maps names of the author's choice to schemas. */
const NAMED = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions']);

/**
 * Rewrites the references of a JSON Schema that is embedded in another document: `#/$defs/file` becomes relative to
 * that document's root. Removes `$id`, because the schema is found by its place, and `$schema`, because the document
 * has its own.
 *
 * @param place the schema's place in the document: `#/components/schemas/entry.data`
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
