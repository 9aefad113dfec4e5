import { type DescribedType, contentSchemas } from '../content/schema/json-schema-of.js';
import { BUILT_IN_EVENT_TYPES } from '../events/event-catalogue.js';
import { entryDocument } from '../events/event-examples.js';
import type { EventType } from '../events/event-type.js';
import type { JsonObject } from '../events/json.js';
import { entryData, mediaData } from '../events/schemas/data-schemas.js';
import { exampleOfSchema } from '../events/schemas/example-of-schema.js';
import { schemaCheck } from '../events/schemas/schema-check.js';
import { fileSchema } from '../media/schema/file-schema.js';

/** Builds the event types of the standalone program, with the schemas of its content types and files. */
export function buildEventTypes(contentTypes: readonly DescribedType[]): EventType[] {
  const entries = entriesOf(contentTypes);
  const media = {
    schema: mediaData(fileSchema('v3', true)),
    schemaV5: mediaData(fileSchema('v5', true)),
  };
  return BUILT_IN_EVENT_TYPES.map((type) => {
    if (type.hasUid) return { ...type, ...entries };
    return type.name.startsWith('media.') ? { ...type, ...media } : type;
  });
}

function entriesOf(contentTypes: readonly DescribedType[]): Partial<EventType> {
  const schemaOf = (version: 'v3' | 'v5') => {
    const { definitions, entries } = contentSchemas(contentTypes, version);
    const file = fileSchema(version, false);
    return entryData(entries, { ...definitions, file }, version === 'v5');
  };
  const schema = schemaOf('v3');
  const uids = contentTypes.map(({ uid }) => uid);
  return { schema, schemaV5: schemaOf('v5'), contentTypes: uids, ...exampleOf(contentTypes, schema) };
}

/** Keeps Strapi's own example where a content type matches it; else makes one from the first content type's schema. */
function exampleOf(contentTypes: readonly DescribedType[], schema: JsonObject): Partial<EventType> {
  const known = BUILT_IN_EVENT_TYPES.find(({ hasUid }) => hasUid);
  const isKnown = contentTypes.some(({ uid }) => uid === known?.exampleUid);
  const [first] = contentTypes;
  if (!first || (known && isKnown && schemaCheck(schema)(known.example).length === 0)) return {};
  return {
    example: exampleOfSchema(schema) as JsonObject,
    exampleUid: first.uid,
    exampleDocument: entryDocument(first.draftAndPublish === true ? null : '2020-01-31T12:00:00.000Z'),
  };
}
