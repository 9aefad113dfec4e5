import type { JsonObject } from '../../events/json.js';
import type { EntryData } from '../validation/entry-data.js';
import { printedAttribute } from './entry-view.js';
import type { PopulatedEntry } from './populated-entry.js';

/**
 * The attributes that two versions of an entry have differently, as the first prints them. Private ones are left out.
 *
 * @param isAsked which attributes are looked at; what was not written did not change
 */
export function previousValues(
  before: PopulatedEntry,
  after: PopulatedEntry,
  isAsked: (name: string) => boolean = () => true,
): JsonObject {
  const previous: JsonObject = {};
  for (const attribute of before.type.attributes) {
    if (attribute.private || !isAsked(attribute.name)) continue;
    const former = printedAttribute(before, attribute);
    if (JSON.stringify(former) === JSON.stringify(printedAttribute(after, attribute))) continue;
    previous[attribute.name] = former;
  }
  return previous;
}

/** Whether a request writes an attribute. */
export function isWrittenBy({ scalars, links, components }: EntryData): (name: string) => boolean {
  return (name) => scalars.has(name) || links.has(name) || components.has(name);
}
