import type { JsonObject } from '../../events/json.js';

/** A JSON object of a schema file. */
export type SchemaObject = JsonObject;

export function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
