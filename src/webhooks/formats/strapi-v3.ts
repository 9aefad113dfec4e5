import type { JsonObject } from '../../events/webhook-event.js';
import { type RecordedEvent, TEST_EVENT } from './recorded-event.js';

/**
 * The payload of Strapi v3, key for key and in its order. Events that Strapi has not are
 * `{event, created_at, model?, data}`; the test is `{event, createdAt}`, as in every version of Strapi.
 */
export function strapiV3({ type: event, model, data, createdAt }: RecordedEvent): JsonObject {
  const at = new Date(createdAt).toISOString();
  if (event === TEST_EVENT) return { event, createdAt: at };
  if (event.startsWith('entry.') && data['entry'] !== undefined) {
    return { event, created_at: at, model, entry: data['entry'] };
  }
  if (event.startsWith('media.') && data['media'] !== undefined) {
    return { event, created_at: at, media: data['media'] };
  }
  return { event, created_at: at, ...(model === null ? {} : { model }), data };
}
