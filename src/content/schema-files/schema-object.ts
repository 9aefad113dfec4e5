import type { JsonObject } from '../../events/json.js';

/** A JSON object of a schema file. */
export type SchemaObject = JsonObject;

export function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refuses an attribute: the message says what is wrong, and what it can be. */
export type Refuse = (problem: string) => never;

/** Where an attribute is read. */
export interface AttributePlace {
  /** Throws with the file's and the attribute's name. */
  refuse: Refuse;
  /** Whether it is a component's: what is kept in the entry's row can neither be unique nor have another side. */
  isInComponent: boolean;
}

/** A rule that is true or false, and false when it is left out. */
export function parseFlag(source: SchemaObject, key: string, refuse: Refuse): boolean {
  const value = source[key] ?? false;
  return typeof value === 'boolean' ? value : refuse(`"${key}" must be true or false.`);
}
