import type { DocumentNode } from './document-node.js';
import type { JsonObject } from './json.js';

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
  /** The uids of the content types whose events these are; left out: of none, or nobody knows. */
  contentTypes?: readonly string[];
  /** JSON Schema of the data as Strapi 5 tells it; left out: the same. */
  schemaV5?: JsonObject;
  /** The content type of the example; left out: it has none. */
  exampleUid?: string;
  /** What stands beside the example for Strapi 5; left out: nothing. */
  exampleDocument?: DocumentNode;
}
