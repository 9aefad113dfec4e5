import type { DocumentNode } from './document-node.js';
import type { JsonObject } from './json.js';

/** An event type, as `GET /admin/event-types` returns it. */
export interface EventType {
  /** `entry.create` */
  name: string;
  /** One sentence: when it happens. */
  description: string;
  /** JSON Schema (2020-12) of the event's data. */
  schema: JsonObject;
  /** Data of such an event; a test send of this type carries it. */
  example: JsonObject;
  /** Whether its events carry a content type's uid, so that a subscription can be limited to one. */
  hasUid: boolean;
  /** The uids of the content types that have events of this type; left out: none, or not known. */
  contentTypes?: readonly string[];
  /** JSON Schema of the data in Strapi 5's form; left out: equal to `schema`. */
  schemaV5?: JsonObject;
  /** The uid of the example's content type; left out: none. */
  exampleUid?: string;
  /** The properties of the example that only Strapi 5 has; left out: none. */
  exampleDocument?: DocumentNode;
}
