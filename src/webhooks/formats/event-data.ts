import type { JsonObject } from '../../events/webhook-event.js';
import type { RecordedEvent } from './recorded-event.js';
import { type Include, included } from './rendering.js';
import { snapshotKind } from './snapshot-kind.js';

/**
 * An event's data, as the formats have it that carry data whole: `{model, entry}`, `{media}`, each with what is
 * included at its end, or what was published, which nothing is added to.
 */
export function eventData(recorded: RecordedEvent, include: readonly Include[]): JsonObject {
  const { model, data } = recorded;
  switch (snapshotKind(recorded)) {
    case 'entry':
      return { model, entry: data['entry'] ?? null, ...included(recorded, include) };
    case 'media':
      return { media: data['media'] ?? null, ...included(recorded, include) };
    case 'other':
      return data;
  }
}
