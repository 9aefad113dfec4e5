import type { Component, ContentType, EntryStatus } from '../content-type.js';
import type { EntryFile } from '../entry-media.js';
import type { EntryRow, StoredComponent } from '../tables/content-entities.js';

/** Ordered link targets by attribute name. Empty attributes are missing. */
export interface LinkTargets {
  entries: ReadonlyMap<string, readonly RelatedEntry[]>;
  files: ReadonlyMap<string, readonly EntryFile[]>;
  components: ReadonlyMap<string, readonly PopulatedComponent[]>;
  /**
   * Relations from entries without drafts to entries with drafts, as Strapi 5 shows them: of each target the draft, and in
   * a list the published version too. Default: none.
   */
  versions?: ReadonlyMap<string, readonly RelatedEntry[]>;
}

/** A version of an entry, as the target of a link. */
export interface RelatedEntry {
  type: ContentType;
  status: EntryStatus;
  row: EntryRow;
}

/** A version of an entry with its link targets, one level deep, ready for serialization. */
export interface PopulatedEntry extends RelatedEntry {
  targets: LinkTargets;
}

/** A component with its link targets. */
export interface PopulatedComponent {
  component: Component;
  value: StoredComponent;
  targets: LinkTargets;
}

/** No link targets. */
export const NO_TARGETS: LinkTargets = { entries: new Map(), files: new Map(), components: new Map() };
