import type { JsonObject } from './json.js';
import type { EventActor } from './actor.js';

/**
 * The properties that Strapi 5 adds to a snapshot in Strapi 3's form. The tree has the shape of the snapshot, node by
 * node, so that one snapshot can be rendered in both forms.
 */
export interface DocumentNode {
  /** The kind of the node; it decides the order of the keys. */
  kind: 'entry' | 'file' | 'component';
  /**
   * The keys that Strapi 5 adds. An entry: `documentId`, `publishedAt`, `locale` (where the type is localized),
   * `createdBy`, `updatedBy` (where the type has them). A file: `documentId`, `alternativeText`, `caption`, `focalPoint`,
   * `width`, `height`, `formats`, `previewUrl`, `publishedAt`.
   */
  more: JsonObject;
  /** Those of these keys that are private: they are left out, rather than null. Default: none. */
  hidden?: string[];
  /**
   * The keys of what Strapi 5 populates, in its order: creators, relations, files and components. They follow the scalars
   * and the times. Default: all keys stay where the snapshot has them.
   */
  populated?: readonly string[];
  /** The snapshot of an entry that only Strapi 5's form shows. Default: the one in the parent's snapshot. */
  snapshot?: JsonObject;
  /** The nodes of attributes that hold entries, files or components, by attribute name. */
  nested?: Record<string, DocumentNode | DocumentNode[]>;
}

/**
 * The document of a snapshot that another program made: Strapi 5's form is the snapshot itself. A component's keys are
 * neither renamed nor ordered, and none is added.
 */
export const AS_GIVEN: DocumentNode = { kind: 'component', more: {} };

/** Recorded with an event beside its snapshot, for the webhooks that ask for it. */
export interface EventContext {
  /** The former values of the changed attributes; null: there are none, or they were not captured. */
  previous: JsonObject | null;
  /** Who made the change; null: not known. */
  actor: EventActor | null;
  /** The properties that only Strapi 5 has; null: the snapshot is the same in both forms. */
  document: DocumentNode | null;
  /** `traceparent` (W3C Trace Context) of the publishing request, if that is traced. Attempts send it on. */
  trace?: string | null;
}
