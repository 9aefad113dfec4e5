import type { Component, ContentType, EntryStatus } from '../content-type.js';
import type { EntryFile } from '../entry-media.js';
import type { EntryRow, StoredComponent } from '../tables/content-entities.js';

/** What something points to, in its order, by attribute name. What points to nothing is missing. */
export interface Pointed {
  entries: ReadonlyMap<string, readonly RelatedEntry[]>;
  files: ReadonlyMap<string, readonly EntryFile[]>;
  components: ReadonlyMap<string, readonly PopulatedComponent[]>;
}

/** A version of an entry that another one points to. */
export interface RelatedEntry {
  type: ContentType;
  status: EntryStatus;
  row: EntryRow;
}

/** A version of an entry with everything that it points to, one level deep, ready to be printed. */
export interface PopulatedEntry extends RelatedEntry {
  pointed: Pointed;
}

/** A component with everything that it points to. */
export interface PopulatedComponent {
  component: Component;
  value: StoredComponent;
  pointed: Pointed;
}

/** For what points to nothing. */
export const NOTHING: Pointed = { entries: new Map(), files: new Map(), components: new Map() };
