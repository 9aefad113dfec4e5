import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inProducerTransaction } from '../../database/transactions.js';
import { rowLock } from '../../database/row-lock.js';
import { MediaDeleted } from '../../events/media-events.js';
import type { JsonObject } from '../../events/json.js';
import { NotFoundError } from '../../http/envelope-error.js';
import type { Caller } from '../../auth/caller.js';
import { restrictToTenant } from '../../auth/tenancy.js';
import { FileEntity, FileLinkEntity } from '../file.entity.js';
import { listAllBytes } from '../images/image-variants.js';
import { StorageProvider } from '../storage/storage-provider.js';
import { FileAnnouncer } from './file-announcer.js';
import { FileSerializer, toFileAnswer } from './file-view.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Deletes files: the row in a transaction, the bytes after the commit. */
@Injectable()
export class FileRemovals {
  private readonly logger = new Logger('Media');

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly announcer: FileAnnouncer,
    private readonly serializer: FileSerializer,
    private readonly storage: StorageProvider,
  ) {}

  /**
   * Deletes a file and its links to entries.
   *
   * The bytes are removed after the commit, because a rollback could not restore them. A process that dies in between
   * leaves orphaned bytes, which are still served under their URL.
   *
   * @returns the deleted file
   * @throws {NotFoundError} when the file does not exist for the caller
   */
  async remove(id: number, caller: Caller): Promise<JsonObject> {
    const { file, printed } = await inProducerTransaction(this.dataSource, (manager) =>
      this.removeRow(manager, id, caller),
    );
    try {
      for (const bytes of listAllBytes(file)) await this.storage.remove(bytes);
    } catch (error) {
      // The row is deleted already, so the request succeeds; an operator must remove the bytes.
      this.logger.error(`The bytes of the deleted file ${file.url} could not be removed: ${String(error)}`);
    }
    return toFileAnswer(printed, file);
  }

  private async removeRow(manager: EntityManager, id: number, caller: Caller) {
    const file = await manager.findOne(FileEntity, {
      where: { id, ...restrictToTenant(caller.tenant) },
      ...rowLock(manager),
    });
    if (!file) throw new NotFoundError('file.notFound');
    const printed = (await this.serializer.serialize(manager, [file]))[0] as JsonObject;
    await manager.delete(FileLinkEntity, { fileId: id });
    await manager.delete(FileEntity, { id });
    await this.announcer.announce(MediaDeleted, file, printed, { caller, previous: null, manager });
    return { file, printed };
  }
}
