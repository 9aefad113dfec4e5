import type { JsonObject } from '../../events/json.js';
import { printAttribute } from './entry-view.js';
import type { PopulatedEntry } from './populated-entry.js';

/**
 * The attributes that two versions of an entry have differently, as the first prints them. Private ones are left out.
 *
 * @param isAsked which attributes are looked at; what was not written did not change
 */
export function collectPreviousValues(
  before: PopulatedEntry,
  after: PopulatedEntry,
  isAsked: (name: string) => boolean = () => true,
): JsonObject {
  const previous: JsonObject = {};
  for (const attribute of before.type.attributes) {
    if (attribute.private || !isAsked(attribute.name)) continue;
    const former = printAttribute(before, attribute);
    if (JSON.stringify(former) === JSON.stringify(printAttribute(after, attribute))) continue;
    previous[attribute.name] = former;
  }
  return previous;
}
