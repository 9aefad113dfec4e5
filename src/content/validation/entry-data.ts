import type { Component } from '../content-type.js';
import type { LinkChange } from './link-change.js';

/** The validated data of a request, by attribute name. Attributes that the request leaves out are missing. */
export interface EntryData {
  /** Scalars in their stored form: a datetime in epoch milliseconds. Passwords are still plain: see `hashPasswords`. */
  scalars: Map<string, unknown>;
  /** Ids of entries and files; at most one for a single relation or file. */
  links: Map<string, number[]>;
  /** Changes of relations and files, which `LinkChanges` turns into `links`. In components they are applied as they are merged. */
  linkChanges: Map<string, LinkChange>;
  /** Ordered components; at most one for a single component. */
  components: Map<string, ComponentData[]>;
}

/** The validated data of one component. */
export interface ComponentData {
  component: Component;
  /** The id of an existing component, which keeps its missing attributes; null: a new one. */
  id: number | null;
  /** The path of the component in the request, below `data`. */
  path: string[];
  data: EntryData;
}

/** Creates data without any attribute. */
export function createEmptyData(): EntryData {
  return { scalars: new Map(), links: new Map(), linkChanges: new Map(), components: new Map() };
}
