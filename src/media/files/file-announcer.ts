import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { EntityManager } from 'typeorm';
import { announce } from '../../events/announce.js';
import type { DocumentNode } from '../../events/document-node.js';
import type { MediaChange } from '../../events/media-events.js';
import type { WebhookEvent } from '../../events/webhook-event.js';
import type { JsonObject } from '../../events/json.js';
import type { Caller } from '../../auth/caller.js';
import { toActor } from '../../events/actor.js';
import type { FileEntity } from '../file.entity.js';
import { LinkTargets } from './link-targets.js';
import { toFileDocument } from './file-view.js';
import { InjectEmitter } from '../../host/tokens.js';

/** A class of `src/events/media-events.ts`. */
export type MediaEventClass = new (change: MediaChange, manager: EntityManager) => WebhookEvent;

/** Announces what happened to files, in the transaction in which it happened. */
@Injectable()
export class FileAnnouncer {
  constructor(
    @InjectEmitter() private readonly emitter: EventEmitter2,
    private readonly targets: LinkTargets,
  ) {}

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
    const document = await this.documentOf(manager, file, media);
    const context = { previous, actor: toActor(caller), document };
    await announce(this.emitter, new Event({ id, media, tenant, context }, manager));
  }

  /** With what Strapi 5 tells of the entries that the file hangs at. */
  private async documentOf(
    manager: EntityManager,
    file: FileEntity,
    { related = [] }: JsonObject,
  ): Promise<DocumentNode> {
    const entries = related as { __type: string; id: number }[];
    if (entries.length === 0) return toFileDocument(file);
    const documents = new Map<string, DocumentNode>();
    for (const uid of new Set(entries.map(({ __type }) => __type))) {
      const ids = entries.filter(({ __type }) => __type === uid).map(({ id }) => id);
      for (const [id, document] of await this.targets.documents(manager, uid, ids)) {
        documents.set(`${uid}/${id}`, document);
      }
    }
    const gone: DocumentNode = { kind: 'entry', more: {} };
    const nodes = entries.map(({ __type, id }) => documents.get(`${__type}/${id}`) ?? gone);
    return { ...toFileDocument(file), nested: { related: nodes } };
  }
}
