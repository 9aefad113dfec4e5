import type { EntityManager } from 'typeorm';
import type { EventContext } from './document-node.js';
import { WebhookEvent } from './webhook-event.js';
import { type JsonObject } from './json.js';

/** What a media event tells. */
export interface MediaSnapshot extends JsonObject {
  /** The file as it stood at the change, in Strapi v3's key order. */
  media: JsonObject;
}

/** Which file changed, and for whom. */
export interface MediaChange {
  /** The file's id. */
  id: number;
  /** The file as it stood at the change (for a deletion, before it). */
  media: JsonObject;
  /** Whose file it is; null: nobody's in particular. */
  tenant: string | null;
  /** Previous values, the actor, and what Strapi 5 tells more. */
  context?: Partial<EventContext>;
}

class MediaEvent extends WebhookEvent<string, MediaSnapshot> {
  constructor(type: string, change: MediaChange, manager: EntityManager) {
    super(
      {
        type,
        data: { media: change.media },
        key: String(change.id),
        tenant: change.tenant,
        ...(change.context ? { context: change.context } : {}),
      },
      manager,
    );
  }
}

/** A file was uploaded. */
export class MediaCreated extends MediaEvent {
  constructor(change: MediaChange, manager: EntityManager) {
    super('media.create', change, manager);
  }
}

/** A file's bytes or what is told of it were changed. */
export class MediaUpdated extends MediaEvent {
  constructor(change: MediaChange, manager: EntityManager) {
    super('media.update', change, manager);
  }
}

/** A file was deleted. */
export class MediaDeleted extends MediaEvent {
  constructor(change: MediaChange, manager: EntityManager) {
    super('media.delete', change, manager);
  }
}
