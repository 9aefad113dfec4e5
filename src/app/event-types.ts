import { isScalarType } from '../content/schema/attribute-schema.js';
import { type DescribedType, buildContentSchemas } from '../content/schema/content-schemas.js';
import { BUILT_IN_EVENT_TYPES } from '../events/event-catalogue.js';
import { buildExampleDocument } from '../events/event-examples.js';
import type { EventType } from '../events/event-type.js';
import type { JsonObject } from '../events/json.js';
import { buildEntryDataSchema, buildMediaDataSchema } from '../events/schemas/data-schemas.js';
import { buildExample } from '../events/schemas/build-example.js';
import { compileSchema } from '../events/schemas/compile-schema.js';
import { buildFileSchema } from '../media/schema/file-schema.js';

/** Builds the event types of the standalone program, with the schemas of its content types and files. */
export function buildEventTypes(contentTypes: readonly DescribedType[]): EventType[] {
  const entries = entriesOf(contentTypes);
  const media = {
    schema: buildMediaDataSchema(buildFileSchema('v3', true)),
    schemaV5: buildMediaDataSchema(buildFileSchema('v5', true)),
  };
  return BUILT_IN_EVENT_TYPES.map((type) => {
    if (type.hasUid) return { ...type, ...entries };
    return type.name.startsWith('media.') ? { ...type, ...media } : type;
  });
}

function entriesOf(contentTypes: readonly DescribedType[]): Partial<EventType> {
  const schemaOf = (version: 'v3' | 'v5') => {
    const { definitions, entries } = buildContentSchemas(contentTypes, version);
    const file = buildFileSchema(version, false);
    return buildEntryDataSchema(entries, { ...definitions, file }, version === 'v5');
  };
  const schema = schemaOf('v3');
  const uids = contentTypes.map(({ uid }) => uid);
  return { schema, schemaV5: schemaOf('v5'), contentTypes: uids, ...exampleOf(contentTypes, schema) };
}

/** The keys that Strapi 5 adds to an entry and that are private in a content type. */
function listHiddenKeys({ privateKeys }: DescribedType): string[] {
  const names = { documentId: 'document_id', publishedAt: 'published_at', locale: 'locale' };
  return Object.entries(names).flatMap(([key, column]) => (privateKeys?.has(column) === true ? [key] : []));
}

/** What the example of a content type has in Strapi 5's form beside its snapshot. */
function describeExample(type: DescribedType) {
  const { locale, creatorKeys = [], attributes } = type;
  const links = attributes.filter((one) => !one.private && !isScalarType(one)).map(({ name }) => name);
  return {
    more: {
      ...(locale === undefined ? {} : { locale }),
      ...Object.fromEntries(creatorKeys.map((key) => [key, null])),
    },
    hidden: listHiddenKeys(type),
    populated: [...creatorKeys, ...links],
  };
}

/** Keeps Strapi's own example where a content type matches it; else makes one from the first content type's schema. */
function exampleOf(contentTypes: readonly DescribedType[], schema: JsonObject): Partial<EventType> {
  const known = BUILT_IN_EVENT_TYPES.find(({ hasUid }) => hasUid);
  const isKnown = contentTypes.some(({ uid }) => uid === known?.exampleUid);
  const [first] = contentTypes;
  if (!first || (known && isKnown && compileSchema(schema)(known.example).length === 0)) return {};
  return {
    example: buildExample(schema) as JsonObject,
    exampleUid: first.uid,
    exampleDocument: buildExampleDocument(
      first.draftAndPublish === true ? null : '2020-01-31T12:00:00.000Z',
      describeExample(first),
    ),
  };
}
