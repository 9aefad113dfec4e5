import type { Component } from '../content-type.js';

/** What a request sets, by attribute name. What it leaves out is missing. */
export interface EntryData {
  /** As they are stored: a datetime in epoch milliseconds. A password is still plain: see `hashPasswords`. */
  scalars: Map<string, unknown>;
  /** Ids of entries and files; none or one where the attribute is for one. */
  links: Map<string, number[]>;
  /** Components in their order; none or one where the attribute is for one. */
  components: Map<string, ComponentData[]>;
}

/** What a request sets of one component. */
export interface ComponentData {
  component: Component;
  /** The component that stands there already and keeps what is left out; null: a new one. */
  id: number | null;
  /** Where it stands in the request, below `data`. */
  path: string[];
  data: EntryData;
}

/** Nothing set. */
export function createEmptyData(): EntryData {
  return { scalars: new Map(), links: new Map(), components: new Map() };
}
