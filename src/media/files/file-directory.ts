import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { JsonObject } from '../../events/json.js';
import { NotFoundError } from '../../http/envelope-error.js';
import type { PageRequest } from '../../http/pagination.js';
import { restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import { FileEntity } from '../file.entity.js';
import { FileSerializer, toFileAnswer } from './file-view.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Reads and serializes the files that exist for a viewer. */
@Injectable()
export class FileDirectory {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly serializer: FileSerializer,
  ) {}

  /** Returns a page of files, in the order of their ids. */
  async list({ page, pageSize }: PageRequest, viewer: Viewer): Promise<JsonObject[]> {
    const { manager } = this.dataSource;
    const files = await manager.find(FileEntity, {
      where: restrictToTenant(viewer),
      order: { id: 'ASC' },
      skip: (page - 1) * pageSize,
      take: pageSize,
    });
    const printed = await this.serializer.serialize(manager, files);
    return files.map((file, index) => toFileAnswer(printed[index] as JsonObject, file));
  }

  /** @throws {NotFoundError} when the file does not exist for the viewer */
  async get(id: number, viewer: Viewer): Promise<JsonObject> {
    const { manager } = this.dataSource;
    const file = await manager.findOneBy(FileEntity, { id, ...restrictToTenant(viewer) });
    if (!file) throw new NotFoundError('file.notFound');
    const [printed] = await this.serializer.serialize(manager, [file]);
    return toFileAnswer(printed as JsonObject, file);
  }
}
