import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { DataSource, type EntityManager } from 'typeorm';
import { isUnavailable } from '../../database/database-errors.js';
import { inReadCommitted } from '../../database/read-committed.js';
import { announce } from '../../events/announce.js';
import { MediaCreated } from '../../events/media-events.js';
import type { JsonObject } from '../../events/webhook-event.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { Viewer } from '../../http/tenancy.js';
import { Clock } from '../../time/clock.js';
import { FileEntity } from '../file.entity.js';
import { FilePrinting } from '../files/file-printing.js';
import { fileViewWith } from '../files/file-view.js';
import { appendLinks, replaceLinks } from '../links/file-links.js';
import { type LinkRequest, type LinkTarget, LinkTargets } from '../links/link-targets.js';
import { fileInfosIn } from './file-infos.js';
import { FileKeeping, type KeptFile } from './file-keeping.js';
import type { IncomingFile } from './incoming-files.js';
import type { UploadBody } from './upload-body.dto.js';
import { InjectDatabase } from '../../database/inject-database.js';
import { InjectEmitter } from '../../events/inject-emitter.js';

/** Takes uploads in. */
@Injectable()
export class FileUploads {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @InjectEmitter() private readonly emitter: EventEmitter2,
    private readonly clock: Clock,
    private readonly targets: LinkTargets,
    private readonly printing: FilePrinting,
    private readonly keeping: FileKeeping,
  ) {}

  /**
   * Takes files in, all or none, and links them where the request says. Whatever happens, nothing is left of what
   * was not taken in.
   *
   * @param incoming where they lie; they are gone from there afterwards
   * @returns the files as they are printed and as their events tell them
   * @throws {RequestValidationError} without files, for a bad `fileInfo`, or for a link to what is not there
   */
  async upload(incoming: readonly IncomingFile[], asked: UploadBody, viewer: Viewer): Promise<JsonObject[]> {
    try {
      if (incoming.length === 0) throw RequestValidationError.at(['files'], 'Files are empty');
      const link = linkIn(asked);
      const kept = await this.keeping.keep(incoming, fileInfosIn(asked.fileInfo, incoming.length));
      return await this.recordAll(kept, link, viewer);
    } finally {
      await this.keeping.discard(incoming);
    }
  }

  private async recordAll(
    kept: readonly KeptFile[],
    link: LinkRequest | null,
    viewer: Viewer,
  ): Promise<JsonObject[]> {
    let isWritten = false;
    try {
      return await inReadCommitted(this.dataSource, async (manager) => {
        isWritten = false;
        const printed = await this.record(manager, kept, link, viewer);
        isWritten = true;
        return printed;
      });
    } catch (error) {
      // A connection that broke at the commit does not say whether it held. Bytes without a row do less harm than a
      // row without its bytes.
      if (!(isWritten && isUnavailable(error))) await this.keeping.remove(kept);
      throw error;
    }
  }

  private async record(
    manager: EntityManager,
    kept: readonly KeptFile[],
    asked: LinkRequest | null,
    viewer: Viewer,
  ): Promise<JsonObject[]> {
    const target = asked ? await this.targets.find(manager, asked, viewer) : null;
    const now = this.clock.now();
    // A file for an entry is of the entry's tenant, whoever uploads it.
    const tenant = target?.tenant ?? viewer;
    const files = kept.map((file) =>
      Object.assign(new FileEntity(), file, { tenant, createdAt: now, updatedAt: now }),
    );
    for (const file of files) await manager.insert(FileEntity, file);
    if (target) await link(manager, target, files);
    const printed = target
      ? await this.printing.print(manager, files)
      : files.map((file) => fileViewWith(file, []));
    for (const [index, media] of printed.entries()) {
      const id = files[index]?.id as number;
      await announce(this.emitter, new MediaCreated({ id, media, tenant }, manager));
    }
    return printed;
  }
}

function linkIn({ ref, refId, field }: UploadBody): LinkRequest | null {
  if (ref === undefined && refId === undefined && field === undefined) return null;
  if (ref !== undefined && refId !== undefined && field !== undefined) return { ref, refId, field };
  throw RequestValidationError.at(
    [],
    'ref, refId and field link files to an entry together: give all three or none',
  );
}

async function link(manager: EntityManager, target: LinkTarget, files: readonly FileEntity[]): Promise<void> {
  const ids = files.map(({ id }) => id);
  if (target.multiple) return appendLinks(manager, target, ids);
  if (ids.length > 1) {
    throw RequestValidationError.at(['field'], `${target.field} takes one file, but ${ids.length} came`);
  }
  return replaceLinks(manager, target, ids);
}
