import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { EntityManager } from 'typeorm';
import { announce } from '../../events/announce.js';
import type { EntryChange } from '../../events/entry-events.js';
import type { WebhookEvent } from '../../events/webhook-event.js';
import type { JsonObject } from '../../events/json.js';
import { spendOnEvents } from '../../http/amplification.js';
import type { Caller } from '../../auth/caller.js';
import { toEntryDocument } from '../serialization/entry-document.js';
import { toEntryView } from '../serialization/entry-view.js';
import { EntryAnswers } from '../serialization/entry-answers.js';
import type { PopulatedEntry } from '../serialization/populated-entry.js';
import { InjectEmitter } from '../../host/tokens.js';
import { toActor } from '../../events/actor.js';

/** A class of `src/events/entry-events.ts`. */
export type EntryEventClass = new (change: EntryChange, manager: EntityManager) => WebhookEvent;

/** Announces entry events in the transaction of the change (transactional outbox). */
@Injectable()
export class EntryAnnouncer {
  constructor(
    @InjectEmitter() private readonly emitter: EventEmitter2,
    private readonly answers: EntryAnswers,
  ) {}

  /**
   * @param previous the former values of the changed attributes; null: there are none
   * @returns the entry as an answer shows it
   * @throws {AmplificationError} when the transaction's events are too much to record
   * @throws {EventNotRecordedError} when no recorder acknowledged the event
   */
  async announce(
    Event: EntryEventClass,
    populated: PopulatedEntry,
    { caller, previous, manager }: { caller: Caller; previous: JsonObject | null; manager: EntityManager },
  ): Promise<JsonObject> {
    const { type, row } = populated;
    const entry = toEntryView(populated);
    const change: EntryChange = {
      model: type.singularName,
      uid: type.uid,
      id: row.id,
      entry,
      tenant: row.tenant,
      context: { previous, actor: toActor(caller), document: toEntryDocument(populated) },
    };
    spendOnEvents(manager, entry, change.context);
    await announce(this.emitter, new Event(change, manager));
    return this.answers.format === 'strapi-v3' ? entry : this.answers.print(populated);
  }
}
