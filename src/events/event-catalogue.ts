import type { JsonObject } from './webhook-event.js';

/** An event type, as `GET /admin/event-types` tells it. */
export interface EventType {
  /** `entry.create` */
  name: string;
  /** One sentence: when it happens. */
  description: string;
  /** JSON Schema (2020-12) of the event's data. */
  schema: JsonObject;
  /** Data as such an event carries it; what a test send of this type tells. */
  example: JsonObject;
  /** Whether its events come with a content type's uid, so that a subscription can name one. */
  hasUid: boolean;
}

const ENTRY_EXAMPLE: JsonObject = {
  entry: {
    id: 1,
    geolocation: {},
    city: 'Paris',
    postal_code: null,
    category: null,
    full_name: 'Paris',
    created_at: '2020-01-10T08:47:36.264Z',
    updated_at: '2020-01-10T08:47:36.264Z',
    cover: null,
    images: [],
  },
};

const MEDIA_EXAMPLE: JsonObject = {
  media: {
    id: 1,
    name: 'image.png',
    hash: '353fc98a19e44da9acf61d71b11895f9',
    sha256: 'huGUaFJhmcZRHLcxeQNKblh53vtSUXYaB16WSOe0Bdc',
    ext: '.png',
    mime: 'image/png',
    size: 228.19,
    url: '/uploads/353fc98a19e44da9acf61d71b11895f9.png',
    provider: 'local',
    provider_metadata: null,
    created_at: '2020-01-10T10:58:41.095Z',
    updated_at: '2020-01-10T10:58:41.095Z',
    related: [],
  },
};

const ENTRY_SCHEMA = dataSchema('entry');
const MEDIA_SCHEMA = dataSchema('media');

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

/** Every event type that a webhook can subscribe to. A host adds its own with {@link register}. */
export class EventCatalogue {
  private readonly types = new Map<string, EventType>();

  constructor(types: readonly EventType[] = BUILT_IN_EVENT_TYPES) {
    for (const type of types) this.register(type);
  }

  /** @throws when the name is taken or is no dotted name of letters, digits, `_` and `-` */
  register(type: EventType): void {
    if (!EVENT_TYPE_NAME.test(type.name)) {
      throw new Error(`The event type "${type.name}" is no dotted name such as "order.shipped".`);
    }
    if (this.types.has(type.name)) throw new Error(`The event type "${type.name}" is registered twice.`);
    this.types.set(type.name, type);
  }

  has(name: string): boolean {
    return this.types.has(name);
  }

  get(name: string): EventType | undefined {
    return this.types.get(name);
  }

  all(): EventType[] {
    return [...this.types.values()];
  }
}

/** The type of a custom event: its data is any object. */
export function customEventType({ name, description }: Pick<EventType, 'name' | 'description'>): EventType {
  const schema: JsonObject = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' };
  return { name, description, schema, example: {}, hasUid: false };
}

/** A dotted name of letters, digits, `_` and `-`, at most 255 characters: `order.line-item.shipped`. */
export const EVENT_TYPE_NAME = /^(?=.{1,255}$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

function entryType(name: string, description: string): EventType {
  return { name, description, schema: ENTRY_SCHEMA, example: ENTRY_EXAMPLE, hasUid: true };
}

function mediaType(name: string, description: string): EventType {
  return { name, description, schema: MEDIA_SCHEMA, example: MEDIA_EXAMPLE, hasUid: false };
}

function operationalType(name: string, description: string, example: JsonObject): EventType {
  const schema: JsonObject = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: Object.fromEntries(Object.keys(example).map((key) => [key, {}])),
    required: Object.keys(example),
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

function dataSchema(property: string): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      [property]: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
    },
    required: [property],
    additionalProperties: false,
  };
}
