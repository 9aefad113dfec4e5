import type { DocumentNode } from '../../events/document-node.js';
import type { JsonObject, JsonValue } from '../../events/json.js';
import { type RecordedEvent, TEST_EVENT, classifySnapshot, selectIncludes } from './recorded-event.js';
import { type Include } from './rendering.js';
import { renderStrapiV5Node } from './strapi-v5-node.js';

/** What stands beside an entry or a file of which nobody noted what Strapi 5 tells more: it is told as null. */
const BARE = {
  entry: { kind: 'entry', more: {} },
  media: { kind: 'file', more: {} },
} as const satisfies Record<string, DocumentNode>;

/**
 * The payload of Strapi 5, key for key and in its order, with what is included at the end: the snapshot, told with what
 * was recorded beside it. Of an event that was recorded without that (a host's own, or one from before an upgrade) the
 * entry or file itself has null for what Strapi 5 adds, and what is in it stays as Strapi 3 prints it. Events that
 * Strapi has not are `{event, createdAt, model?, data}`; the test is `{event, createdAt}`.
 */
export function renderStrapiV5(recorded: RecordedEvent, include: readonly Include[]): JsonObject {
  const { type: event, model, uid, data, context } = recorded;
  const createdAt = new Date(recorded.createdAt).toISOString();
  if (event === TEST_EVENT) return { event, createdAt };
  const more = selectIncludes(recorded, include);
  const kind = classifySnapshot(recorded);
  if (kind === 'other') return { event, createdAt, ...(model === null ? {} : { model }), data, ...more };
  const snapshot = told(data[kind] ?? null, context?.document ?? BARE[kind]);
  return kind === 'entry'
    ? { event, createdAt, model, uid, entry: snapshot, ...more }
    : { event, createdAt, media: snapshot, ...more };
}

function told(snapshot: JsonValue, document: DocumentNode): JsonValue {
  const isNode = typeof snapshot === 'object' && snapshot !== null && !Array.isArray(snapshot);
  return isNode ? renderStrapiV5Node(snapshot, document) : snapshot;
}
