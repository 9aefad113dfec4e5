import type { JsonObject } from '../../events/json.js';
import { printAttribute } from './entry-view.js';
import type { PopulatedEntry } from './populated-entry.js';

/**
 * Collects the serialized former values of the attributes that differ between two states of an entry. Private
 * attributes are left out.
 *
 * @param mayDiffer which attributes to compare; an attribute that was not written did not change
 */
export function collectPreviousValues(
  before: PopulatedEntry,
  after: PopulatedEntry,
  mayDiffer: (name: string) => boolean = () => true,
): JsonObject {
  const previous: JsonObject = {};
  for (const attribute of before.type.attributes) {
    if (attribute.private || !mayDiffer(attribute.name)) continue;
    const former = printAttribute(before, attribute);
    if (JSON.stringify(former) === JSON.stringify(printAttribute(after, attribute))) continue;
    previous[attribute.name] = former;
  }
  return previous;
}
