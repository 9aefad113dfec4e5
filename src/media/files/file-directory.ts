import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { JsonObject } from '../../events/json.js';
import { NotFoundError } from '../../http/envelope-error.js';
import type { PageRequest } from '../../http/pagination.js';
import { restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import { FileEntity } from '../file.entity.js';
import { FilePrinting, fileAnswer } from './file-view.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Reads the files that exist for a viewer, as the media library answers. */
@Injectable()
export class FileDirectory {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly printing: FilePrinting,
  ) {}

  /** A page of files, in the order of their ids. */
  async list({ page, pageSize }: PageRequest, viewer: Viewer): Promise<JsonObject[]> {
    const { manager } = this.dataSource;
    const files = await manager.find(FileEntity, {
      where: restrictToTenant(viewer),
      order: { id: 'ASC' },
      skip: (page - 1) * pageSize,
      take: pageSize,
    });
    const printed = await this.printing.print(manager, files);
    return files.map((file, index) => fileAnswer(printed[index] as JsonObject, file));
  }

  /** @throws {NotFoundError} when there is no such file for the viewer */
  async get(id: number, viewer: Viewer): Promise<JsonObject> {
    const { manager } = this.dataSource;
    const file = await manager.findOneBy(FileEntity, { id, ...restrictToTenant(viewer) });
    if (!file) throw new NotFoundError('file.notFound');
    const [printed] = await this.printing.print(manager, [file]);
    return fileAnswer(printed as JsonObject, file);
  }
}
