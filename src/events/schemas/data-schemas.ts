import type { JsonObject } from '../json.js';

/** The JSON Schema dialect of all schemas in this file. */
export const JSON_SCHEMA = 'https://json-schema.org/draft/2020-12/schema';

/** JSON Schemas of the optional parts at the end of a body (`include`). */
export const INCLUDED: JsonObject = {
  previous: {
    type: ['object', 'null'],
    description:
      'The changed attributes as they stood before; null: there was no before, or nobody noted it.',
  },
  actor: {
    anyOf: [
      {
        type: 'object',
        properties: {
          type: { type: 'string' },
          id: { type: ['string', 'null'] },
          name: { type: ['string', 'null'] },
        },
        required: ['type', 'id', 'name'],
      },
      { type: 'null' },
    ],
    description: 'Who made the change; null: nobody knows.',
  },
};

const ANY_ENTRY: JsonObject = { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] };

/** A kind of entry, and the schema of its entries. */
export interface EntryVariant {
  model: string;
  uid: string;
  schema: JsonObject;
}

/**
 * Builds the schema of an entry event's data: `{model, entry}`, in Strapi 5's form with `uid`, and the included parts.
 *
 * @param variants one for each content type; an empty list allows any entry with an id
 * @param definitions the schemas that the variants refer to under `#/$defs/`
 */
export function buildEntryDataSchema(
  variants: readonly EntryVariant[],
  definitions: JsonObject,
  withUid: boolean,
): JsonObject {
  const one = (model: JsonObject, uid: JsonObject, entry: JsonObject) => ({
    properties: { model, ...(withUid ? { uid } : {}), entry },
    required: ['model', ...(withUid ? ['uid'] : []), 'entry'],
  });
  const any = one({ type: 'string' }, { type: ['string', 'null'] }, ANY_ENTRY);
  const known = variants.map(({ model, uid, schema }) => one({ const: model }, { const: uid }, schema));
  return {
    $schema: JSON_SCHEMA,
    type: 'object',
    properties: INCLUDED,
    anyOf: known.length === 0 ? [any] : known,
    unevaluatedProperties: false,
    $defs: definitions,
  };
}

/** Builds the schema of a media event's data: `{media}`, and the included parts. */
export function buildMediaDataSchema(file: JsonObject): JsonObject {
  return {
    $schema: JSON_SCHEMA,
    type: 'object',
    properties: { media: file, ...INCLUDED },
    required: ['media'],
    unevaluatedProperties: false,
  };
}
