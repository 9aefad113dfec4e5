import type { EntityManager } from 'typeorm';
import type { EventContext } from './document-node.js';
import { WebhookEvent } from './webhook-event.js';
import type { JsonObject } from './json.js';

/** The data of an entry event. */
export interface EntrySnapshot extends JsonObject {
  /** The entry as it stood at the change, populated one level, without private attributes, in Strapi v3's key order. */
  entry: JsonObject;
}

/** The change of an entry that an event reports. */
export interface EntryChange {
  /** The content type's singular name: `address`. */
  model: string;
  /** The content type's uid: `api::address.address`. */
  uid: string;
  /** The entry's id. */
  id: number;
  /** The entry as it stood at the change (for a deletion, before it). */
  entry: JsonObject;
  /** The entry's tenant; null: none. */
  tenant: string | null;
  /** Previous values, the actor, and the properties that only Strapi 5 has. */
  context?: Partial<EventContext>;
}

class EntryEvent extends WebhookEvent<string, EntrySnapshot> {
  constructor(type: string, change: EntryChange, manager: EntityManager) {
    super(
      {
        type,
        data: { entry: change.entry },
        model: change.model,
        uid: change.uid,
        key: String(change.id),
        tenant: change.tenant,
        ...(change.context ? { context: change.context } : {}),
      },
      manager,
    );
  }
}

/** An entry was created. */
export class EntryCreated extends EntryEvent {
  constructor(change: EntryChange, manager: EntityManager) {
    super('entry.create', change, manager);
  }
}

/** An entry was changed. */
export class EntryUpdated extends EntryEvent {
  constructor(change: EntryChange, manager: EntityManager) {
    super('entry.update', change, manager);
  }
}

/** An entry was deleted. */
export class EntryDeleted extends EntryEvent {
  constructor(change: EntryChange, manager: EntityManager) {
    super('entry.delete', change, manager);
  }
}

/** An entry was published. */
export class EntryPublished extends EntryEvent {
  constructor(change: EntryChange, manager: EntityManager) {
    super('entry.publish', change, manager);
  }
}

/** An entry is no longer published. */
export class EntryUnpublished extends EntryEvent {
  constructor(change: EntryChange, manager: EntityManager) {
    super('entry.unpublish', change, manager);
  }
}

/** An entry's draft was discarded: it equals the published version again. */
export class EntryDraftDiscarded extends EntryEvent {
  constructor(change: EntryChange, manager: EntityManager) {
    super('entry.draft-discard', change, manager);
  }
}
