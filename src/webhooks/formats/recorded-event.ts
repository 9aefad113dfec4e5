import type { EventContext } from '../../events/document-node.js';
import type { JsonObject } from '../../events/json.js';
import { type Include } from './rendering.js';

/** An event as it was recorded: what a body is rendered from. */
export interface RecordedEvent {
  /** Time-ordered id, the `webhook-id` of its requests. */
  id: string;
  /** `entry.create` */
  type: string;
  /** The kind of thing that changed (`address`), null where there is none. */
  model: string | null;
  /** The content type's uid, null where there is none. */
  uid: string | null;
  /** The key of the thing that changed, null where there is none. */
  key: string | null;
  /** Whose event it is; null: nobody's in particular. */
  tenant: string | null;
  /** The snapshot. */
  data: JsonObject;
  /** What was recorded beside the snapshot; left out: nothing. */
  context?: EventContext;
  /** When it happened, UTC epoch milliseconds. */
  createdAt: number;
}

/** The type of the event that `POST /admin/webhooks/:id/trigger` sends. */
export const TEST_EVENT = 'trigger-test';

/**
 * What an event's snapshot is of: an entry or a file, which every format knows, or anything else, which is passed on
 * as it is. A custom event that takes the name of an entry event but carries no entry is anything else.
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
 * An event's data, as the formats have it that carry data whole: `{model, entry}`, `{media}`, each with what is
 * included at its end, or what was published, which nothing is added to.
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

/** What was asked for beside the snapshot; null where nobody noted it. */
export function selectIncludes({ context }: RecordedEvent, include: readonly Include[]): JsonObject {
  return Object.fromEntries(include.map((what) => [what, context?.[what] ?? null]));
}
