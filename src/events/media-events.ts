import type { EntityManager } from 'typeorm';
import type { EventContext } from './document-node.js';
import { WebhookEvent } from './webhook-event.js';
import type { JsonObject } from './json.js';

/** The data of a media event. */
export interface MediaSnapshot extends JsonObject {
  /** The file as it stood at the change, in Strapi v3's key order. */
  media: JsonObject;
}

/** The change of a file that an event reports. */
export interface MediaChange {
  /** The file's id. */
  id: number;
  /** The file as it stood at the change (for a deletion, before it). */
  media: JsonObject;
  /** The file's tenant; null: none. */
  tenant: string | null;
  /** Previous values, the actor, and the properties that only Strapi 5 has. */
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

/** A file's bytes or its properties were changed. */
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
