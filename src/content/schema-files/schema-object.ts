import type { JsonObject } from '../../events/json.js';
import type { SchemaNoteKind } from './schema-report.js';

/** A JSON object in a schema file. */
export type SchemaObject = JsonObject;

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws with a message that says what is wrong and what is allowed. */
export type Refuse = (problem: string) => never;

/** The context of an attribute. */
export interface AttributePlace {
  /** Throws a `ContentTypeError` that names the file and the attribute. */
  refuse: Refuse;
  /** Keeps a note on the attribute. */
  note: (kind: SchemaNoteKind, text: string) => void;
  /**
   * Whether it belongs to a component: it is stored inside the entry's row, so it cannot be unique or have an inverse
   * side.
   */
  isInComponent: boolean;
}

/** Parses a boolean rule. Default: false. */
export function parseFlag(source: SchemaObject, key: string, refuse: Refuse): boolean {
  const value = source[key] ?? false;
  return typeof value === 'boolean' ? value : refuse(`"${key}" must be true or false.`);
}
