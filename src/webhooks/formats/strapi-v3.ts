import type { JsonObject } from '../../events/json.js';
import { classifySnapshot, type RecordedEvent, selectIncludes, TEST_EVENT } from './recorded-event.js';
import type { Include } from './rendering.js';

/**
 * Renders the payload of Strapi v3, with its keys in its order, and the includes at the end. Events that Strapi does not
 * have are `{event, created_at, model?, data}`. The test event is `{event, createdAt}`, as in every version of Strapi.
 */
export function renderStrapiV3(recorded: RecordedEvent, include: readonly Include[]): JsonObject {
  const { type: event, model, data, createdAt } = recorded;
  const at = new Date(createdAt).toISOString();
  if (event === TEST_EVENT) return { event, createdAt: at };
  const more = selectIncludes(recorded, include);
  switch (classifySnapshot(recorded)) {
    case 'entry':
      return { event, created_at: at, model, entry: data['entry'] ?? null, ...more };
    case 'media':
      return { event, created_at: at, media: data['media'] ?? null, ...more };
    case 'other':
      return { event, created_at: at, ...(model === null ? {} : { model }), data, ...more };
  }
}
