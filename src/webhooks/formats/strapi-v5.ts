import type { DocumentNode } from '../../events/document-node.js';
import type { JsonObject, JsonValue } from '../../events/json.js';
import { classifySnapshot, type RecordedEvent, selectIncludes, TEST_EVENT } from './recorded-event.js';
import type { Include } from './rendering.js';
import { renderStrapiV5Node } from '../../events/strapi-v5-node.js';

/** The document of an entry or file whose event has none recorded: the keys that Strapi 5 adds are null. */
const BARE = {
  entry: { kind: 'entry', more: {} },
  media: { kind: 'file', more: {} },
} as const satisfies Record<string, DocumentNode>;

/**
 * Renders the payload of Strapi 5, with its keys in its order, and the includes at the end. It combines the snapshot
 * with the document that was recorded beside it. An event without a document (a host's own event, or one from before an
 * upgrade) has null for the keys that Strapi 5 adds to the entry or file, and nested things stay as Strapi 3 prints
 * them. Events that Strapi does not have are `{event, createdAt, model?, data}`; the test event is `{event, createdAt}`.
 */
export function renderStrapiV5(recorded: RecordedEvent, include: readonly Include[]): JsonObject {
  const { type: event, model, uid, data, context } = recorded;
  const createdAt = new Date(recorded.createdAt).toISOString();
  if (event === TEST_EVENT) return { event, createdAt };
  const more = selectIncludes(recorded, include);
  const kind = classifySnapshot(recorded);
  if (kind === 'other') return { event, createdAt, ...(model === null ? {} : { model }), data, ...more };
  const snapshot = renderSnapshot(data[kind] ?? null, context?.document ?? BARE[kind]);
  return kind === 'entry'
    ? { event, createdAt, model, uid, entry: snapshot, ...more }
    : { event, createdAt, media: snapshot, ...more };
}

function renderSnapshot(snapshot: JsonValue, document: DocumentNode): JsonValue {
  const isNode = typeof snapshot === 'object' && snapshot !== null && !Array.isArray(snapshot);
  return isNode ? renderStrapiV5Node(snapshot, document) : snapshot;
}
