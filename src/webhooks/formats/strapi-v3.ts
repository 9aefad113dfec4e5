import type { JsonObject } from '../../events/json.js';
import { type RecordedEvent, TEST_EVENT, classifySnapshot, selectIncludes } from './recorded-event.js';
import { type Include } from './rendering.js';

/**
 * The payload of Strapi v3, key for key and in its order, with what is included at the end. Events that Strapi has not
 * are `{event, created_at, model?, data}`; the test is `{event, createdAt}`, as in every version of Strapi.
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
