import type { JsonObject } from '../events/json.js';
import { relocateRefs } from '../events/schemas/relocate-refs.js';

/** The body of an event in one format, as the API's descriptions document it. */
export interface DescribedBody {
  /** `strapi-v3` */
  format: string;
  contentType: string;
  /** The schema of the event's data in this format. Formats and events with equal data share one object. */
  dataSchema: JsonObject;
  /** Makes the schema of the body, with a reference to the data's: `#/components/schemas/entry.data`. */
  schema(dataRef: string): JsonObject;
  example: JsonObject;
}

/** An event type, as the API's descriptions document it. */
export interface DescribedEvent {
  name: string;
  description: string;
  bodies: DescribedBody[];
}

/** The data schemas that bodies refer to, each with a name. */
export interface DataSchemas {
  nameOf(schema: JsonObject): string;
  /** By name; references inside of each are relocated to its place in the document. */
  schemas: Record<string, JsonObject>;
}

/**
 * Collects the schemas of the events' data, each once.
 *
 * @param refOf the reference to a component by its name: `#/components/schemas/entry.data`
 */
export function collectDataSchemas(
  events: readonly DescribedEvent[],
  refOf: (name: string) => string,
): DataSchemas {
  const users = new Map<JsonObject, { events: string[]; format: string }>();
  for (const { name, bodies } of events) {
    for (const { dataSchema, format } of bodies) {
      const known = users.get(dataSchema);
      if (!known) users.set(dataSchema, { events: [name], format });
      else if (!known.events.includes(name)) known.events.push(name);
    }
  }
  const names = new Map<JsonObject, string>();
  for (const [schema, { events: of, format }] of users) {
    const name = `${sharedName(of)}.data`;
    names.set(schema, [...names.values()].includes(name) ? `${name}.${format}` : name);
  }
  const nameOf = (schema: JsonObject) => names.get(schema) ?? '';
  return {
    nameOf,
    schemas: Object.fromEntries(
      [...names].map(([schema, name]) => [name, relocateRefs(schema, refOf(name))]),
    ),
  };
}

/** The common prefix of event names: `entry` of `entry.create` and `entry.update`; a single name is its own. */
function sharedName(names: readonly string[]): string {
  const [first = '', ...others] = names;
  if (others.length === 0) return first;
  const steps = first.split('.');
  const shared = steps.filter((_, index) => {
    const prefix = `${steps.slice(0, index + 1).join('.')}.`;
    return others.every((other) => other.startsWith(prefix));
  });
  return shared.length === 0 ? first : shared.join('.');
}
