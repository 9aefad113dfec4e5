import { BUILT_IN_EVENT_TYPES } from './built-in-event-types.js';
import { JSON_SCHEMA } from './schemas/data-schemas.js';
import { buildExample } from './schemas/build-example.js';
import { compileSchema, type SchemaCheck, type SchemaProblem } from './schemas/compile-schema.js';
import type { JsonObject } from './json.js';
import type { EventType } from './event-type.js';

export { BUILT_IN_EVENT_TYPES, isOperational, OPERATIONAL_EVENT_TYPES } from './built-in-event-types.js';

/** A dotted name of letters, digits, `_` and `-`, at most 255 characters: `order.line-item.shipped`. */
export const EVENT_TYPE_NAME = /^(?=.{1,255}$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** The registry of event types that a webhook can subscribe to. A host adds its own with {@link register}. */
export class EventCatalogue {
  private readonly types = new Map<string, EventType>();
  private readonly checks = new WeakMap<JsonObject, SchemaCheck>();

  constructor(types: readonly EventType[] = BUILT_IN_EVENT_TYPES) {
    for (const type of types) this.add(type);
  }

  /**
   * Adds an event type and compiles its schema.
   *
   * @throws when the name is taken or is no dotted name of letters, digits, `_` and `-`; or when the schema is no JSON
   *   Schema (2020-12), or refers to another document
   */
  register(type: EventType): void {
    this.add(type);
    try {
      this.getCheck(type);
    } catch (error) {
      this.types.delete(type.name);
      throw new Error(
        `The schema of the event type "${type.name}" cannot be used: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
  }

  /** Whether an event type of this name is registered. */
  has(name: string): boolean {
    return this.types.has(name);
  }

  /** The event type of this name; undefined: not registered. */
  get(name: string): EventType | undefined {
    return this.types.get(name);
  }

  /** All event types in the order of their registration. */
  all(): EventType[] {
    return [...this.types.values()];
  }

  /** Validates data against the schema of an event type. An unregistered type has no problems. */
  problemsOf(name: string, data: JsonObject): SchemaProblem[] {
    const type = this.get(name);
    return type ? this.getCheck(type)(data) : [];
  }

  private add(type: EventType): void {
    if (!EVENT_TYPE_NAME.test(type.name)) {
      throw new Error(`The event type "${type.name}" is no dotted name such as "order.shipped".`);
    }
    if (this.types.has(type.name)) throw new Error(`The event type "${type.name}" is registered twice.`);
    this.types.set(type.name, type);
  }

  /** Compiles the schema at its first use: to compile all of them would slow down every start. */
  private getCheck({ schema }: EventType): SchemaCheck {
    let check = this.checks.get(schema);
    if (!check) {
      check = compileSchema(schema);
      this.checks.set(schema, check);
    }
    return check;
  }
}

/** A custom event type, as settings and hosts declare it. */
export interface CustomEventType {
  /** `order.shipped` */
  name: string;
  /** One sentence: when it happens. */
  description: string;
  /** JSON Schema (2020-12) of the data. Default: any object. */
  schema?: JsonObject;
  /** Data that fits the schema. Default: generated from the schema. */
  example?: JsonObject;
}

/** Fills in the defaults of a custom event type: its data is any object unless a schema says more. */
export function buildCustomEventType({ name, description, schema, example }: CustomEventType): EventType {
  const anyObject: JsonObject = { $schema: JSON_SCHEMA, type: 'object' };
  return {
    name,
    description,
    schema: schema ?? anyObject,
    example: example ?? makeExample(schema ?? anyObject),
    hasUid: false,
  };
}

function makeExample(schema: JsonObject): JsonObject {
  const example = buildExample(schema);
  return typeof example === 'object' && example !== null && !Array.isArray(example) ? example : {};
}
