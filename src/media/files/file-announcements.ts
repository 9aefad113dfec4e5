import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { EntityManager } from 'typeorm';
import { announce } from '../../events/announce.js';
import type { MediaChange } from '../../events/media-events.js';
import type { JsonObject, WebhookEvent } from '../../events/webhook-event.js';
import type { Caller } from '../../http/caller.js';
import { actorOf } from '../../http/event-actor.js';
import type { FileEntity } from '../file.entity.js';
import { fileDocument } from './file-view.js';

/** A class of `src/events/media-events.ts`. */
export type MediaEventClass = new (change: MediaChange, manager: EntityManager) => WebhookEvent;

/** Announces what happened to files, in the transaction in which it happened. */
@Injectable()
export class FileAnnouncements {
  constructor(private readonly emitter: EventEmitter2) {}

  /**
   * @param media the file as it is printed
   * @param previous what changed, as it stood before; null: there was no before
   * @throws {EventNotRecordedError} when nobody recorded it
   */
  async announce(
    Event: MediaEventClass,
    file: FileEntity,
    media: JsonObject,
    { caller, previous, manager }: { caller: Caller; previous: JsonObject | null; manager: EntityManager },
  ): Promise<void> {
    const { id, tenant } = file;
    const context = { previous, actor: actorOf(caller), document: fileDocument(file) };
    await announce(this.emitter, new Event({ id, media, tenant, context }, manager));
  }
}
