import type { EventContext } from '../../events/document-node.js';
import type { JsonObject } from '../../events/json.js';
import type { Include } from './rendering.js';

/** An event as it was recorded; bodies are rendered from it. */
export interface RecordedEvent {
  /** Time-ordered; the `webhook-id` of its requests. */
  id: string;
  /** `entry.create` */
  type: string;
  /** The model of the changed thing (`address`); null: none. */
  model: string | null;
  /** The uid of the content type; null: none. */
  uid: string | null;
  /** The key of the changed thing; null: none. */
  key: string | null;
  /** The tenant of the event; null: none. */
  tenant: string | null;
  /** The snapshot. */
  data: JsonObject;
  /** Recorded beside the snapshot: previous values, actor, document; left out: nothing. */
  context?: EventContext;
  /** The time of the change, UTC epoch milliseconds. */
  createdAt: number;
}

/** The type of the event that `POST /admin/webhooks/:id/trigger` sends. */
export const TEST_EVENT = 'trigger-test';

/**
 * Classifies an event's snapshot: an entry or a file, which every format renders in its own way, or `other`, which is
 * passed on unchanged. A custom event that has the name of an entry event but carries no entry is `other`.
 */
export function classifySnapshot({
  type,
  data,
}: Pick<RecordedEvent, 'type' | 'data'>): 'entry' | 'media' | 'other' {
  if (type.startsWith('entry.') && data['entry'] !== undefined) return 'entry';
  if (type.startsWith('media.') && data['media'] !== undefined) return 'media';
  return 'other';
}

/**
 * Builds the `data` of the formats `standard` and `cloudevents`: `{model, entry}` or `{media}`, each with the includes
 * at its end, or the published data of another event, without includes.
 */
export function buildEventData(recorded: RecordedEvent, include: readonly Include[]): JsonObject {
  const { model, data } = recorded;
  switch (classifySnapshot(recorded)) {
    case 'entry':
      return { model, entry: data['entry'] ?? null, ...selectIncludes(recorded, include) };
    case 'media':
      return { media: data['media'] ?? null, ...selectIncludes(recorded, include) };
    case 'other':
      return data;
  }
}

/** Selects the includes of a webhook from the event's context; null for what was not recorded. */
export function selectIncludes({ context }: RecordedEvent, include: readonly Include[]): JsonObject {
  return Object.fromEntries(include.map((what) => [what, context?.[what] ?? null]));
}
