import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { isUnavailable } from '../../database/database-errors.js';
import { inProducerTransaction } from '../../database/transactions.js';
import { rowLock } from '../../database/row-lock.js';
import { MediaUpdated } from '../../events/media-events.js';
import type { JsonObject, JsonValue } from '../../events/json.js';
import type { Caller } from '../../auth/caller.js';
import { NotFoundError, RequestValidationError } from '../../http/envelope-error.js';
import { restrictToTenant } from '../../auth/tenancy.js';
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

/** The new bytes of a file, with their properties. */
interface Incoming {
  file: IncomingFile;
  bytes: NewBytes;
}

/** A written, uncommitted change. */
interface Written {
  answer: JsonObject;
  /** The variants of the old bytes, to be removed after the commit; null: they stay. */
  oldFormats: object | null;
  replacement: BytesReplacement | null;
}

/** Changes files: replaces their bytes under the same URL, and updates their properties. */
@Injectable()
export class FileChanges {
  private readonly logger = new Logger('Media');

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly announcer: FileAnnouncer,
    private readonly clock: Clock,
    private readonly serializer: FileSerializer,
    private readonly store: FileStore,
  ) {}

  /**
   * Replaces a file's bytes, or updates its properties, or both. Images are processed before the transaction begins.
   * Replacing the bytes is the last step of the transaction, so receivers of the event find the new ones; a rollback
   * restores the old ones.
   *
   * @param id the file's id, as it is in the URL
   * @param incoming the new file, if there is one; it is removed from the folder of incoming files
   * @returns the changed file
   * @throws {NotFoundError} when the file does not exist for the caller
   * @throws {RequestValidationError} when the request changes nothing or is invalid
   */
  async change(
    id: string,
    incoming: readonly IncomingFile[],
    asked: UploadBody,
    caller: Caller,
  ): Promise<JsonObject> {
    try {
      const fileId = parseFileId(id);
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
      const current = await this.find(this.dataSource.manager, fileId, caller, false);
      const bytes = file ? await this.store.prepare(file, current, caller.tenant) : null;
      return await this.write(fileId, info, file && bytes ? { file, bytes } : null, caller);
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
      written = await inProducerTransaction(this.dataSource, async (manager) => {
        // The transaction may be a retry: undo the replacement of the former run.
        await this.undo(written);
        written = null;
        written = await this.inTransaction(manager, id, info, incoming, caller);
        return written;
      });
    } catch (error) {
      // If the connection broke at the commit, it is unknown whether the commit succeeded: the new bytes and variants
      // stay, because the row may refer to them.
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
      this.logger.error(
        `The former bytes of ${String(written?.answer['url'])} could not be restored after a rollback; it serves the new ones: ${String(error)}`,
      );
    }
  }

  private async find(
    manager: EntityManager,
    id: number,
    caller: Caller,
    isLocked: boolean,
  ): Promise<FileEntity> {
    const where = { id, ...restrictToTenant(caller.tenant) };
    const file = await manager.findOne(FileEntity, { where, ...(isLocked ? rowLock(manager) : {}) });
    if (!file) throw new NotFoundError('file.notFound');
    return file;
  }
}

function refuseLink({ ref, refId, field }: UploadBody): void {
  if (ref === undefined && refId === undefined && field === undefined) return;
  throw RequestValidationError.at([], 'ref, refId and field link new files; this one is there already');
}

/** The properties that a change can affect, by their names in events. */
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

/** Collects the former values of the changed properties. */
function collectPreviousValues(before: FileEntity, after: FileEntity): JsonObject {
  const changed = CHANGEABLE.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  return Object.fromEntries(changed.map((key) => [key, before[key] as JsonValue]));
}
