import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { isUnavailable } from '../../database/database-errors.js';
import { inProducerTransaction } from '../../database/transactions.js';
import { MediaCreated } from '../../events/media-events.js';
import type { JsonObject } from '../../events/json.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { Caller } from '../../auth/caller.js';
import { Clock } from '../../host/clock.js';
import { FileEntity } from '../file.entity.js';
import { FileAnnouncer } from '../files/file-announcer.js';
import { FileSerializer, toFileAnswer, toFileViewWithRelated } from '../files/file-view.js';
import { appendLinks, replaceLinks } from '../links/file-links.js';
import { type LinkRequest, type LinkTarget, LinkTargets } from '../files/link-targets.js';
import { parseFileInfos } from './file-infos.js';
import { FileStore, type StoredUpload } from './file-store.js';
import type { IncomingFile } from '../storage/incoming-files.js';
import type { UploadBody } from './upload-body.dto.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Stores uploads: the bytes first, then the rows in a transaction. */
@Injectable()
export class FileUploads {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly announcer: FileAnnouncer,
    private readonly clock: Clock,
    private readonly targets: LinkTargets,
    private readonly serializer: FileSerializer,
    private readonly files: FileStore,
  ) {}

  /**
   * Stores files, all or none, and links them to an entry if the request says so. The bytes of files that were not
   * stored are removed.
   *
   * @param incoming the received files; they are removed from the folder of incoming files
   * @returns the stored files
   * @throws {RequestValidationError} without files, for an invalid `fileInfo`, or for a link to a missing entry or
   *   field
   */
  async upload(incoming: readonly IncomingFile[], asked: UploadBody, caller: Caller): Promise<JsonObject[]> {
    try {
      if (incoming.length === 0) throw RequestValidationError.at(['files'], 'Files are empty');
      const link = parseLinkRequest(asked);
      const infos = parseFileInfos(asked.fileInfo, incoming.length);
      const kept = await this.files.storeAll(incoming, infos, caller.tenant);
      return await this.recordAll(kept, link, caller);
    } finally {
      await this.files.discard(incoming);
    }
  }

  /**
   * Stores the bytes of files that another change records in its own transaction.
   *
   * @throws {RequestValidationError} for a type that is not accepted
   */
  async store(
    incoming: readonly IncomingFile[],
    caller: Caller,
  ): Promise<{ record: (manager: EntityManager) => Promise<number[]>; remove: () => Promise<void> }> {
    const kept = await this.files.storeAll(incoming, [], caller.tenant);
    return {
      record: async (manager) => {
        const files = await this.record(manager, kept, null, caller);
        return files.map(({ id }) => Number(id));
      },
      remove: () => this.files.remove(kept),
    };
  }

  /** Removes received files that were not stored. */
  async discard(incoming: readonly IncomingFile[]): Promise<void> {
    await this.files.discard(incoming);
  }

  private async recordAll(
    kept: readonly StoredUpload[],
    link: LinkRequest | null,
    caller: Caller,
  ): Promise<JsonObject[]> {
    let isWritten = false;
    try {
      return await inProducerTransaction(this.dataSource, async (manager) => {
        isWritten = false;
        const printed = await this.record(manager, kept, link, caller);
        isWritten = true;
        return printed;
      });
    } catch (error) {
      // If the connection broke at the commit, it is unknown whether the commit succeeded: the bytes stay, because
      // bytes without a row do less harm than a row without bytes.
      if (!(isWritten && isUnavailable(error))) await this.files.remove(kept);
      throw error;
    }
  }

  private async record(
    manager: EntityManager,
    kept: readonly StoredUpload[],
    asked: LinkRequest | null,
    caller: Caller,
  ): Promise<JsonObject[]> {
    const mimes = kept.map(({ mime }) => mime);
    const target = asked ? await this.targets.find(manager, { ...asked, mimes }, caller.tenant) : null;
    const now = this.clock.now();
    // A file that is linked to an entry gets the entry's tenant, not the caller's.
    const tenant = target?.tenant ?? caller.tenant;
    const files = kept.map((file) =>
      Object.assign(new FileEntity(), file, { tenant, createdAt: now, updatedAt: now }),
    );
    for (const file of files) await manager.insert(FileEntity, file);
    if (target) await linkFiles(manager, target, files);
    const printed = target
      ? await this.serializer.serialize(manager, files)
      : files.map((file) => toFileViewWithRelated(file, []));
    const answers: JsonObject[] = [];
    for (const [index, file] of files.entries()) {
      const media = printed[index] as JsonObject;
      await this.announcer.announce(MediaCreated, file, media, { caller, previous: null, manager });
      answers.push(toFileAnswer(media, file));
    }
    return answers;
  }
}

function parseLinkRequest({ ref, refId, field }: UploadBody): LinkRequest | null {
  if (ref === undefined && refId === undefined && field === undefined) return null;
  if (ref !== undefined && refId !== undefined && field !== undefined) return { ref, refId, field };
  throw RequestValidationError.at(
    [],
    'ref, refId and field link files to an entry together: give all three or none',
  );
}

async function linkFiles(
  manager: EntityManager,
  target: LinkTarget,
  files: readonly FileEntity[],
): Promise<void> {
  const ids = files.map(({ id }) => id);
  if (target.multiple) return appendLinks(manager, target, ids);
  if (ids.length > 1) {
    throw RequestValidationError.at(['field'], `${target.field} takes one file, but ${ids.length} came`);
  }
  return replaceLinks(manager, target, ids);
}
