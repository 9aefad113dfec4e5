import { relocateRefs } from '../events/schemas/relocate-refs.js';
import type { JsonObject } from '../events/json.js';

/** A body of an event, in one format. */
export interface DescribedBody {
  /** `strapi-v3` */
  format: string;
  contentType: string;
  /** The schema of the event's data as this format tells it. The same object wherever it is the same. */
  dataSchema: JsonObject;
  /** The schema of the body, which refers to the data's at a place such as `#/components/schemas/entry.data`. */
  schema(dataPlace: string): JsonObject;
  example: JsonObject;
}

/** An event type, as the descriptions of the API tell it. */
export interface DescribedEvent {
  name: string;
  description: string;
  bodies: DescribedBody[];
}

/** The schemas that several bodies refer to, and what each is called. */
export interface DataComponents {
  nameOf(schema: JsonObject): string;
  /** By name, each relocated to the place where it stands. */
  schemas: Record<string, JsonObject>;
}

/**
 * Gathers the schemas of the events' data, each once.
 *
 * @param placeOf where a component of a name stands in the document: `#/components/schemas/entry.data`
 */
export function dataComponents(
  events: readonly DescribedEvent[],
  placeOf: (name: string) => string,
): DataComponents {
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
      [...names].map(([schema, name]) => [name, relocateRefs(schema, placeOf(name))]),
    ),
  };
}

/** `entry` of `entry.create` and `entry.update`; the name itself of one alone. */
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
