import type { EventContext } from '../../events/document-node.js';
import type { JsonObject } from '../../events/webhook-event.js';

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
