import type { EventType } from '../../events/event-type.js';
import type { JsonObject } from '../../events/json.js';
import { INCLUDED } from '../../events/schemas/data-schemas.js';
import { relocateRefs } from '../../events/schemas/relocate-refs.js';
import { classifySnapshot } from './recorded-event.js';

const TEXT: JsonObject = { type: 'string' };
const TIME: JsonObject = { type: 'string', format: 'date-time' };

/** Selects the schema of an event type's data in a format. */
export function selectDataSchema(format: string, { schema, schemaV5 }: EventType): JsonObject {
  return format === 'strapi-v5' ? (schemaV5 ?? schema) : schema;
}

/**
 * Builds the JSON Schema (2020-12) of an event type's bodies in a format, with or without includes.
 *
 * @param dataPlace where {@link selectDataSchema} stands, relocated there: `#/components/schemas/entry.data`
 * @throws when there is no such format
 */
export function buildBodySchema(format: string, type: EventType, dataPlace: string): JsonObject {
  const data = { $ref: dataPlace };
  switch (format) {
    case 'strapi-v3':
      return buildStrapiSchema(type, 'created_at', type.schema, dataPlace);
    case 'strapi-v5':
      return buildStrapiSchema(type, 'createdAt', selectDataSchema(format, type), dataPlace);
    case 'standard':
      return buildClosedObject({ type: { const: type.name }, timestamp: TIME, data });
    case 'cloudevents':
      return buildClosedObject(
        {
          specversion: { const: '1.0' },
          id: { type: 'string', description: 'The webhook-id.' },
          source: { type: 'string', format: 'uri-reference' },
          type: { const: type.name },
          time: TIME,
          subject: { type: 'string', minLength: 1, description: 'What the event is of: `address/1`.' },
          datacontenttype: { const: 'application/json' },
          data,
        },
        ['subject'],
      );
    default:
      throw new Error(`There is no format "${format}".`);
  }
}

/** Strapi's events have the entry or file beside the event's name; other events have their snapshot in `data`. */
function buildStrapiSchema(type: EventType, time: string, schema: JsonObject, dataPlace: string): JsonObject {
  const head = { event: { const: type.name }, [time]: TIME };
  if (classifySnapshot({ type: type.name, data: type.example }) === 'other') {
    const properties = { ...head, model: TEXT, data: { $ref: dataPlace }, ...INCLUDED };
    return buildClosedObject(properties, ['model', ...Object.keys(INCLUDED)]);
  }
  const { $defs: _, properties, required, ...rest } = relocateRefs(schema, dataPlace);
  return {
    ...rest,
    properties: { ...head, ...(properties as JsonObject) },
    required: [...Object.keys(head), ...((required ?? []) as string[])],
  };
}

/** A schema of an object without other properties. */
function buildClosedObject(properties: JsonObject, mayBeMissing: string[] = []): JsonObject {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties).filter((name) => !mayBeMissing.includes(name)),
    additionalProperties: false,
  };
}
