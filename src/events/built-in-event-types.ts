import type { EventType } from './event-type.js';
import { entryExample, mediaExample } from './event-examples.js';
import { entryData, JSON_SCHEMA, mediaData } from './schemas/data-schemas.js';
import type { JsonObject } from './json.js';

const TEXT: JsonObject = { type: 'string' };

/** What operational events tell. */
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

const ENTRY_SCHEMA = entryData([], {}, false);
const ENTRY_SCHEMA_V5 = entryData([], {}, true);
const MEDIA_SCHEMA = mediaData({ type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] });

/**
 * What is told of deliveries themselves. A webhook gets these only by their names or `webhook.*` and `delivery.*`:
 * `*` means what happened, not what became of telling it. Their own deliveries make none.
 */
export const OPERATIONAL_EVENT_TYPES: readonly EventType[] = [
  operationalType(
    'webhook.disabled',
    'A webhook was disabled because its receiver is gone or keeps failing.',
    {
      webhookId: '0190163d-8694-739b-aea5-966c26f8ad91',
      name: 'search index',
      reason: 'failing',
    },
  ),
  operationalType('delivery.exhausted', 'A delivery used up its retries without success.', deliveryExample()),
  operationalType(
    'delivery.recovered',
    'A delivery that had failed has succeeded after all.',
    deliveryExample(),
  ),
];

const OPERATIONAL = new Set(OPERATIONAL_EVENT_TYPES.map(({ name }) => name));

/** Whether an event type is one of {@link OPERATIONAL_EVENT_TYPES}. */
export function isOperational(eventType: string): boolean {
  return OPERATIONAL.has(eventType);
}

/** The event types that the backend itself announces. */
export const BUILT_IN_EVENT_TYPES: readonly EventType[] = [
  entryType('entry.create', 'An entry was created.'),
  entryType('entry.update', 'An entry was changed.'),
  entryType('entry.delete', 'An entry was deleted.'),
  entryType('entry.publish', 'An entry was published.'),
  entryType('entry.unpublish', 'An entry is no longer published.'),
  entryType('entry.draft-discard', 'The draft of an entry was discarded: it is again what is published.'),
  mediaType('media.create', 'A file was uploaded.'),
  mediaType('media.update', 'A file, or what is told of it, was changed.'),
  mediaType('media.delete', 'A file was deleted.'),
  ...OPERATIONAL_EVENT_TYPES,
];

function entryType(name: string, description: string): EventType {
  const { example, uid, document } = entryExample();
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

function mediaType(name: string, description: string): EventType {
  const { example, document } = mediaExample();
  return { name, description, schema: MEDIA_SCHEMA, example, hasUid: false, exampleDocument: document };
}

function operationalType(name: string, description: string, example: JsonObject): EventType {
  const schema: JsonObject = {
    $schema: JSON_SCHEMA,
    type: 'object',
    properties: Object.fromEntries(Object.keys(example).map((key) => [key, OPERATIONAL_MEMBERS[key] ?? {}])),
    required: Object.keys(example),
    additionalProperties: false,
  };
  return { name, description, schema, example, hasUid: false };
}

function deliveryExample(): JsonObject {
  return {
    deliveryId: '0190163d-8694-739b-aea5-966c26f8ad92',
    webhookId: '0190163d-8694-739b-aea5-966c26f8ad91',
    eventId: '0190163d-8694-739b-aea5-966c26f8ad90',
    event: 'entry.create',
    attemptCount: 10,
    lastStatusCode: 503,
  };
}
