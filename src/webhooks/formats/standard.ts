import type { JsonObject } from '../../events/json.js';
import { type RecordedEvent, TEST_EVENT, buildEventData } from './recorded-event.js';
import type { Include } from './rendering.js';

/**
 * The payload that Standard Webhooks 1.0.0 recommends: `{type, timestamp, data}`, the timestamp being the event's time
 * in ISO 8601. What is included is at the end of `data`. The test has no data: `{}`.
 */
export function renderStandard(recorded: RecordedEvent, include: readonly Include[]): JsonObject {
  const { type, createdAt } = recorded;
  const data = type === TEST_EVENT ? {} : buildEventData(recorded, include);
  return { type, timestamp: new Date(createdAt).toISOString(), data };
}
