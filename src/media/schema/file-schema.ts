import type { JsonObject } from '../../events/json.js';

const TEXT: JsonObject = { type: 'string' };
const MAYBE_TEXT: JsonObject = { type: ['string', 'null'] };
const MAYBE_WHOLE: JsonObject = { type: ['integer', 'null'] };
const MAYBE_OBJECT: JsonObject = { type: ['object', 'null'] };
const TIME: JsonObject = { type: 'string', format: 'date-time' };
const MAYBE_TIME: JsonObject = { type: ['string', 'null'], format: 'date-time' };

const RELATED: JsonObject = {
  related: {
    type: 'array',
    description: 'The entries that the file hangs at.',
    items: {
      type: 'object',
      properties: { __type: TEXT, id: { type: 'integer' } },
      required: ['__type', 'id'],
    },
  },
};

/**
 * Builds the JSON Schema of a serialized file.
 *
 * @param form Strapi 3's or Strapi 5's form
 * @param withRelated whether the file has `related`: true in media events of the form `v3`, false elsewhere
 */
export function buildFileSchema(form: 'v3' | 'v5', withRelated: boolean): JsonObject {
  const related = withRelated ? RELATED : {};
  const properties: JsonObject = form === 'v3' ? buildV3(related) : buildV5();
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

function buildV3(related: JsonObject): JsonObject {
  return {
    id: { type: 'integer' },
    name: TEXT,
    hash: TEXT,
    sha256: { type: 'string', description: 'base64url of the SHA-256 of its bytes, without padding' },
    ext: TEXT,
    mime: TEXT,
    size: { type: 'number', description: 'KB: bytes / 1000' },
    url: TEXT,
    provider: TEXT,
    provider_metadata: MAYBE_OBJECT,
    created_at: TIME,
    updated_at: TIME,
    ...related,
  };
}

function buildV5(): JsonObject {
  return {
    id: { type: 'integer' },
    documentId: MAYBE_TEXT,
    name: TEXT,
    alternativeText: MAYBE_TEXT,
    caption: MAYBE_TEXT,
    focalPoint: MAYBE_OBJECT,
    width: MAYBE_WHOLE,
    height: MAYBE_WHOLE,
    formats: MAYBE_OBJECT,
    hash: TEXT,
    ext: TEXT,
    mime: TEXT,
    size: { type: 'number', description: 'KB: bytes / 1000' },
    url: TEXT,
    previewUrl: MAYBE_TEXT,
    provider: TEXT,
    provider_metadata: MAYBE_OBJECT,
    createdAt: TIME,
    updatedAt: TIME,
    publishedAt: MAYBE_TIME,
  };
}
