import type { EventType } from './event-type.js';
import { buildEntryExample, buildMediaExample } from './event-examples.js';
import { buildEntryDataSchema, JSON_SCHEMA, buildMediaDataSchema } from './schemas/data-schemas.js';
import type { JsonObject } from './json.js';

const TEXT: JsonObject = { type: 'string' };

/** JSON Schemas of the properties that operational events carry. */
const OPERATIONAL_MEMBERS: JsonObject = {
  webhookId: TEXT,
  name: TEXT,
  reason: { enum: ['gone', 'failing'] },
  deliveryId: TEXT,
  eventId: TEXT,
  event: { type: 'string', description: 'The type of the event that was delivered.' },
  attemptCount: { type: 'integer', minimum: 1 },
  lastStatusCode: { type: ['integer', 'null'], description: 'null: no answer came.' },
};

const ENTRY_SCHEMA = buildEntryDataSchema([], {}, false);
const ENTRY_SCHEMA_V5 = buildEntryDataSchema([], {}, true);
const MEDIA_SCHEMA = buildMediaDataSchema({
  type: 'object',
  properties: { id: { type: 'integer' } },
  required: ['id'],
});

/**
 * Operational events: they report on webhooks and deliveries themselves. A webhook subscribes to them by name or with
 * `webhook.*` and `delivery.*`; `*` does not include them. The delivery of an operational event causes no further one.
 */
export const OPERATIONAL_EVENT_TYPES: readonly EventType[] = [
  defineOperationalType(
    'webhook.disabled',
    'A webhook was disabled because its receiver is gone or keeps failing.',
    {
      webhookId: '0190163d-8694-739b-aea5-966c26f8ad91',
      name: 'search index',
      reason: 'failing',
    },
  ),
  defineOperationalType(
    'delivery.exhausted',
    'A delivery used up its retries without success.',
    buildDeliveryExample(),
  ),
  defineOperationalType(
    'delivery.recovered',
    'A delivery that had failed has succeeded after all.',
    buildDeliveryExample(),
  ),
];

const OPERATIONAL = new Set(OPERATIONAL_EVENT_TYPES.map(({ name }) => name));

/** Whether an event type is one of {@link OPERATIONAL_EVENT_TYPES}. */
export function isOperational(eventType: string): boolean {
  return OPERATIONAL.has(eventType);
}

/** The event types that the backend announces itself. */
export const BUILT_IN_EVENT_TYPES: readonly EventType[] = [
  defineEntryType('entry.create', 'An entry was created.'),
  defineEntryType('entry.update', 'An entry was changed.'),
  defineEntryType('entry.delete', 'An entry was deleted.'),
  defineEntryType('entry.publish', 'An entry was published.'),
  defineEntryType('entry.unpublish', 'An entry is no longer published.'),
  defineEntryType(
    'entry.draft-discard',
    'The draft of an entry was discarded: it is again what is published.',
  ),
  defineMediaType('media.create', 'A file was uploaded.'),
  defineMediaType('media.update', 'A file, or what is told of it, was changed.'),
  defineMediaType('media.delete', 'A file was deleted.'),
  ...OPERATIONAL_EVENT_TYPES,
];

function defineEntryType(name: string, description: string): EventType {
  const { example, uid, document } = buildEntryExample();
  return {
    name,
    description,
    schema: ENTRY_SCHEMA,
    example,
    hasUid: true,
    schemaV5: ENTRY_SCHEMA_V5,
    exampleUid: uid,
    exampleDocument: document,
  };
}

function defineMediaType(name: string, description: string): EventType {
  const { example, document } = buildMediaExample();
  return { name, description, schema: MEDIA_SCHEMA, example, hasUid: false, exampleDocument: document };
}

function defineOperationalType(name: string, description: string, example: JsonObject): EventType {
  const schema: JsonObject = {
    $schema: JSON_SCHEMA,
    type: 'object',
    properties: Object.fromEntries(Object.keys(example).map((key) => [key, OPERATIONAL_MEMBERS[key] ?? {}])),
    required: Object.keys(example),
    additionalProperties: false,
  };
  return { name, description, schema, example, hasUid: false };
}

function buildDeliveryExample(): JsonObject {
  return {
    deliveryId: '0190163d-8694-739b-aea5-966c26f8ad92',
    webhookId: '0190163d-8694-739b-aea5-966c26f8ad91',
    eventId: '0190163d-8694-739b-aea5-966c26f8ad90',
    event: 'entry.create',
    attemptCount: 10,
    lastStatusCode: 503,
  };
}
