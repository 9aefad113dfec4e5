import type { JsonObject } from './json.js';
import type { EventActor } from './actor.js';

/**
 * What Strapi 5 tells of a thing beside what Strapi 3 tells: a tree that stands beside the printed one, node by node,
 * so that one snapshot can be rendered as either.
 */
export interface DocumentNode {
  /** What the node is: it decides which keys come where. */
  kind: 'entry' | 'file' | 'component';
  /**
   * The keys that Strapi 5 adds. An entry: `documentId`, `publishedAt`, `locale`. A file: `documentId`,
   * `alternativeText`, `caption`, `focalPoint`, `width`, `height`, `formats`, `previewUrl`, `publishedAt`, `locale`.
   */
  more: JsonObject;
  /** What stands at an attribute of the printed tree, where that is an entry, a file or a component, or several. */
  nested?: Record<string, DocumentNode | DocumentNode[]>;
}

/** What is recorded with an event beside its snapshot, for those webhooks that want it. */
export interface EventContext {
  /** The changed attributes as they stood before; null: there was no before, or nobody noted it. */
  previous: JsonObject | null;
  /** Who made the change; null: nobody knows. */
  actor: EventActor | null;
  /** For rendering as Strapi 5; null: the snapshot says all. */
  document: DocumentNode | null;
  /** `traceparent` (W3C Trace Context) of what published it, where that is traced. Attempts pass it on. */
  trace?: string | null;
}
