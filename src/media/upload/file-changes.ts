import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { isUnavailable } from '../../database/database-errors.js';
import { inReadCommitted } from '../../database/transactions.js';
import { rowLock } from '../../database/row-lock.js';
import { MediaUpdated } from '../../events/media-events.js';
import type { JsonObject, JsonValue } from '../../events/json.js';
import type { Caller } from '../../auth/caller.js';
import { NotFoundError, RequestValidationError } from '../../http/envelope-error.js';
import { ownedBy } from '../../auth/tenancy.js';
import { Clock } from '../../host/clock.js';
import { FileEntity } from '../file.entity.js';
import { FileAnnouncer } from '../files/file-announcer.js';
import { parseFileId } from '../files/file-id.js';
import { FileSerializer, toFileAnswer } from '../files/file-view.js';
import type { BytesReplacement } from '../storage/storage-provider.js';
import { type FileInfo, parseFileInfos } from './file-infos.js';
import { FileStore, type NewBytes } from './file-store.js';
import type { IncomingFile } from '../storage/incoming-files.js';
import type { UploadBody } from './upload-body.dto.js';
import { InjectDatabase } from '../../host/tokens.js';

/** New bytes for a file, with what is known of them. */
interface Incoming {
  file: IncomingFile;
  bytes: NewBytes;
}

/** A change that is written and not committed. */
interface Written {
  answer: JsonObject;
  /** Versions of the file as it was; null: they stay. */
  oldFormats: object | null;
  replacement: BytesReplacement | null;
}

/** Changes files that are there: their bytes, under the URL that they have, and what is told of them. */
@Injectable()
export class FileChanges {
  private readonly logger = new Logger('Media');

  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly announcer: FileAnnouncer,
    private readonly clock: Clock,
    private readonly serializer: FileSerializer,
    private readonly store: FileStore,
  ) {}

  /**
   * Puts a file in another's place, or changes what is told of it, or both. Images are read before the transaction
   * begins. The bytes change places as its last step, so that whoever hears of the change finds the new ones; a
   * change that is not committed has the old ones put back.
   *
   * @param asFound the file's id, as it stands in the URL
   * @param incoming where the new file lies, if there is one; it is gone from there afterwards
   * @returns the file as the media library answers
   * @throws {NotFoundError} when there is no such file for the caller
   * @throws {RequestValidationError} when there is nothing to change, or it cannot be so
   */
  async change(
    asFound: string,
    incoming: readonly IncomingFile[],
    asked: UploadBody,
    caller: Caller,
  ): Promise<JsonObject> {
    try {
      const id = parseFileId(asFound);
      refuseLink(asked);
      const [file] = incoming;
      if (incoming.length > 1) {
        const message = `one file takes the place of another, but ${incoming.length} came`;
        throw RequestValidationError.at(['files'], message);
      }
      if (!file && asked.fileInfo === undefined) {
        throw RequestValidationError.at([], 'give a file that takes the place of this one, or fileInfo');
      }
      const [info = {}] = parseFileInfos(asked.fileInfo, 1);
      const there = await this.find(this.dataSource.manager, id, caller, false);
      const bytes = file ? await this.store.prepare(file, there) : null;
      return await this.write(id, info, file && bytes ? { file, bytes } : null, caller);
    } finally {
      await this.store.discard(incoming);
    }
  }

  private async write(
    id: number,
    info: FileInfo,
    incoming: Incoming | null,
    caller: Caller,
  ): Promise<JsonObject> {
    let written: Written | null = null;
    try {
      written = await inReadCommitted(this.dataSource, async (manager) => {
        // The transaction may have been begun anew.
        await this.undo(written);
        written = null;
        written = await this.inTransaction(manager, id, info, incoming, caller);
        return written;
      });
    } catch (error) {
      // A connection that broke at the commit does not say whether it held: then the new bytes stay, and the versions
      // that a row may name.
      if (!(written !== null && isUnavailable(error))) {
        await this.undo(written);
        await this.store.removeVariants(incoming?.bytes.formats ?? null);
      }
      throw error;
    }
    await written.replacement?.settle();
    await this.store.removeVariants(written.oldFormats);
    return written.answer;
  }

  private async inTransaction(
    manager: EntityManager,
    id: number,
    info: FileInfo,
    incoming: Incoming | null,
    caller: Caller,
  ): Promise<Written> {
    const file = await this.find(manager, id, caller, true);
    const before = { ...file };
    Object.assign(file, incoming?.bytes, info, { updatedAt: this.clock.now() });
    await manager.update(FileEntity, { id }, file);
    const [media] = (await this.serializer.serialize(manager, [file])) as [JsonObject];
    const previous = collectPreviousValues(before, file);
    await this.announcer.announce(MediaUpdated, file, media, { caller, previous, manager });
    const replacement = incoming ? await this.store.replace(incoming.file, file) : null;
    return {
      answer: toFileAnswer(media, file),
      oldFormats: incoming ? before.formats : null,
      replacement,
    };
  }

  private async undo(written: Written | null): Promise<void> {
    try {
      await written?.replacement?.undo();
    } catch (error) {
      this.logger.error(`Bytes that were not to be replaced could not be put back: ${String(error)}`);
    }
  }

  private async find(
    manager: EntityManager,
    id: number,
    caller: Caller,
    isLocked: boolean,
  ): Promise<FileEntity> {
    const where = { id, ...ownedBy(caller.tenant) };
    const file = await manager.findOne(FileEntity, { where, ...(isLocked ? rowLock(manager) : {}) });
    if (!file) throw new NotFoundError('file.notFound');
    return file;
  }
}

function refuseLink({ ref, refId, field }: UploadBody): void {
  if (ref === undefined && refId === undefined && field === undefined) return;
  throw RequestValidationError.at([], 'ref, refId and field link new files; this one is there already');
}

/** What a change may touch, as events call it. */
const CHANGEABLE = [
  'name',
  'sha256',
  'mime',
  'size',
  'alternativeText',
  'caption',
  'focalPoint',
  'width',
  'height',
  'formats',
] as const satisfies readonly (keyof FileEntity)[];

/** What was changed, as it stood before. */
function collectPreviousValues(before: FileEntity, after: FileEntity): JsonObject {
  const changed = CHANGEABLE.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  return Object.fromEntries(changed.map((key) => [key, before[key] as JsonValue]));
}
