import type { JsonObject } from '../../events/json.js';
import { buildEventData, type RecordedEvent, TEST_EVENT } from './recorded-event.js';
import type { Include } from './rendering.js';

/**
 * Renders the payload that Standard Webhooks 1.0.0 recommends: `{type, timestamp, data}`, with the event's time in ISO
 * 8601. Includes are at the end of `data`. The test event has no data: `{}`.
 */
export function renderStandard(recorded: RecordedEvent, include: readonly Include[]): JsonObject {
  const { type, createdAt } = recorded;
  const data = type === TEST_EVENT ? {} : buildEventData(recorded, include);
  return { type, timestamp: new Date(createdAt).toISOString(), data };
}
