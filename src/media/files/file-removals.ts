import { Injectable, Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { DataSource, type EntityManager } from 'typeorm';
import { inReadCommitted } from '../../database/read-committed.js';
import { rowLock } from '../../database/row-lock.js';
import { announce } from '../../events/announce.js';
import { MediaDeleted } from '../../events/media-events.js';
import type { JsonObject } from '../../events/webhook-event.js';
import { NotFoundError } from '../../http/envelope-error.js';
import { ownedBy, type Viewer } from '../../http/tenancy.js';
import { FileEntity, FileLinkEntity } from '../file.entity.js';
import { StorageProvider } from '../storage/storage-provider.js';
import { FilePrinting } from './file-printing.js';
import { InjectDatabase } from '../../database/inject-database.js';
import { InjectEmitter } from '../../events/inject-emitter.js';

/** Deletes files. */
@Injectable()
export class FileRemovals {
  private readonly logger = new Logger('Media');

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @InjectEmitter() private readonly emitter: EventEmitter2,
    private readonly printing: FilePrinting,
    private readonly storage: StorageProvider,
  ) {}

  /**
   * Deletes a file and takes it off its entries.
   *
   * Its bytes go after the commit: a rolled-back deletion must not have cost them. A process that dies in between
   * leaves bytes that no row names, and which are still served to whoever knows their URL.
   *
   * @returns the file as it stood
   * @throws {NotFoundError} when there is no such file for the viewer
   */
  async remove(id: number, viewer: Viewer): Promise<JsonObject> {
    const { file, printed } = await inReadCommitted(this.dataSource, (manager) =>
      this.removeRow(manager, id, viewer),
    );
    try {
      await this.storage.remove(file);
    } catch (error) {
      // The file is deleted, whatever is left of its bytes: the caller cannot mend it, whoever reads the log can.
      this.logger.error(`The bytes of the deleted file ${file.url} could not be removed: ${String(error)}`);
    }
    return printed;
  }

  private async removeRow(manager: EntityManager, id: number, viewer: Viewer) {
    const file = await manager.findOne(FileEntity, {
      where: { id, ...ownedBy(viewer) },
      ...rowLock(manager),
    });
    if (!file) throw new NotFoundError('file.notFound');
    const printed = (await this.printing.print(manager, [file]))[0] as JsonObject;
    await manager.delete(FileLinkEntity, { fileId: id });
    await manager.delete(FileEntity, { id });
    await announce(this.emitter, new MediaDeleted({ id, media: printed, tenant: file.tenant }, manager));
    return { file, printed };
  }
}
