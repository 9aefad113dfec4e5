import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { EntityManager } from 'typeorm';
import { announce } from '../../events/announce.js';
import type { MediaChange } from '../../events/media-events.js';
import type { WebhookEvent } from '../../events/webhook-event.js';
import type { JsonObject } from '../../events/json.js';
import { spendOnEvents } from '../../http/amplification.js';
import type { Caller } from '../../auth/caller.js';
import { toActor } from '../../events/actor.js';
import type { FileEntity } from '../file.entity.js';
import { toFileDocument } from './file-view.js';
import { InjectEmitter } from '../../host/tokens.js';

/** A class of `src/events/media-events.ts`. */
export type MediaEventClass = new (change: MediaChange, manager: EntityManager) => WebhookEvent;

/** Announces media events in the transaction of the change (transactional outbox). */
@Injectable()
export class FileAnnouncer {
  constructor(@InjectEmitter() private readonly emitter: EventEmitter2) {}

  /**
   * @param media the serialized file
   * @param previous the former values of the changed properties; null: there are none
   * @throws {AmplificationError} when the transaction's events are too much to record
   * @throws {EventNotRecordedError} when no recorder acknowledged the event
   */
  async announce(
    Event: MediaEventClass,
    file: FileEntity,
    media: JsonObject,
    { caller, previous, manager }: { caller: Caller; previous: JsonObject | null; manager: EntityManager },
  ): Promise<void> {
    const { id, tenant } = file;
    const context = { previous, actor: toActor(caller), document: toFileDocument(file) };
    spendOnEvents(manager, media, context);
    await announce(this.emitter, new Event({ id, media, tenant, context }, manager));
  }
}
