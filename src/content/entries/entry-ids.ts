import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import { InjectDatabase } from '../../host/tokens.js';
import { NotFoundError } from '../../http/envelope-error.js';
import { type ContentType, getWrittenStatus } from '../content-type.js';
import { parseId } from '../entry-id.js';
import { type EntryRow, getEntityName } from '../tables/content-entities.js';

/** The form of document ids: letters and digits, more of them than an id has. */
const DOCUMENT_ID = /^[a-z0-9]{11,64}$/;

/** Finds the ids that paths name: a path has an entry's id, or its document id. */
@Injectable()
export class EntryIds {
  constructor(@InjectDatabase() private readonly dataSource: DataSource) {}

  /**
   * Returns the id of the entry that a path names. Where `documentId` is private, only its id names it.
   *
   * @throws {NotFoundError} when the text is no valid id, and no document id of an entry that exists for the viewer
   */
  async resolve(type: ContentType, text: string, viewer: Viewer): Promise<number> {
    const id = parseId(text);
    if (id !== null) return id;
    if (!DOCUMENT_ID.test(text) || type.privateKeys.has('document_id')) throw new NotFoundError();
    const row = await this.dataSource.manager.findOne<EntryRow>(getEntityName(type, getWrittenStatus(type)), {
      select: { id: true },
      where: { document_id: text, ...restrictToTenant(viewer) },
    });
    if (!row) throw new NotFoundError();
    return row.id;
  }
}
