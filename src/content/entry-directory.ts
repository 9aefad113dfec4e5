import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import type { DocumentNode } from '../events/document-node.js';
import type { JsonObject } from '../events/json.js';
import { RequestValidationError } from '../http/envelope-error.js';
import type { Viewer } from '../auth/tenancy.js';
import { isMedia, getWrittenStatus, getFileKind } from './content-type.js';
import { ContentTypes } from './content-types.js';
import { toSummaryDocument } from './serialization/entry-document.js';
import { parseId } from './entry-id.js';
import { toEntrySummary } from './serialization/entry-view.js';
import type { RelatedEntry } from './serialization/populated-entry.js';
import { lockEntry } from './tables/find-entry.js';
import { getEntityName, type EntryRow } from './tables/content-entities.js';

/** A field of an entry at which files can hang. */
export interface MediaField {
  /** The content type's uid. */
  uid: string;
  entryId: number;
  field: string;
  /** Whether several files can hang there. */
  multiple: boolean;
  /** Whose entry it is. */
  tenant: string | null;
}

/** What others may ask about entries. */
@Injectable()
export class EntryDirectory {
  constructor(private readonly types: ContentTypes) {}

  /**
   * The field that an upload names, its entry kept for the transaction.
   *
   * @param asked `ref` is a content type's uid, `refId` the entry's id, `field` an attribute of type media, `mimes` the
   *   media types of the files that are to hang there
   * @throws {RequestValidationError} saying which of the three names nothing, or that the field takes no such files
   */
  async mediaField(
    manager: EntityManager,
    {
      ref,
      refId,
      field,
      mimes = [],
    }: { ref: string; refId: string; field: string; mimes?: readonly string[] },
    viewer: Viewer,
  ): Promise<MediaField> {
    const type = this.types.byUid(ref);
    if (!type) throw RequestValidationError.at(['ref'], `ref names no content type: "${ref}"`, ref);
    const attribute = type.attributes.filter(isMedia).find(({ name }) => name === field);
    if (!attribute) {
      throw RequestValidationError.at(
        ['field'],
        `field names no media attribute of ${ref}: "${field}"`,
        field,
      );
    }
    const { multiple, allowedTypes } = attribute;
    const other = mimes.filter((mime) => allowedTypes?.includes(getFileKind(mime)) === false);
    if (allowedTypes && other.length > 0) {
      const message = `${field} takes ${allowedTypes.join(', ')}, which these are not: ${other.join(', ')}`;
      throw RequestValidationError.at(['field'], message, field);
    }
    const id = parseId(refId);
    const row = id === null ? null : await lockEntry(manager, type, id, viewer);
    if (!row) throw RequestValidationError.at(['refId'], `refId names no entry of ${ref}: "${refId}"`, refId);
    return { uid: type.uid, entryId: row.id, field, multiple, tenant: row.tenant };
  }

  /**
   * Entries of one content type in short, by id: `{id, …plain attributes, created_at, updated_at}`. Those that are
   * gone are missing; of those with drafts it is the draft, at which files hang.
   */
  async summaries(
    manager: EntityManager,
    uid: string,
    ids: readonly number[],
  ): Promise<Map<number, JsonObject>> {
    const entries = await this.related(manager, uid, ids);
    return new Map(entries.map((entry) => [entry.row.id, toEntrySummary(entry)]));
  }

  /** What Strapi 5 tells of entries beside their {@link summaries}. */
  async documents(
    manager: EntityManager,
    uid: string,
    ids: readonly number[],
  ): Promise<Map<number, DocumentNode>> {
    const entries = await this.related(manager, uid, ids);
    return new Map(entries.map((entry) => [entry.row.id, toSummaryDocument(entry)]));
  }

  private async related(
    manager: EntityManager,
    uid: string,
    ids: readonly number[],
  ): Promise<RelatedEntry[]> {
    const type = this.types.byUid(uid);
    if (!type || ids.length === 0) return [];
    const status = getWrittenStatus(type);
    const rows = await manager.find<EntryRow>(getEntityName(type, 'draft'), { where: { id: In([...ids]) } });
    return rows.map((row) => ({ type, status, row }));
  }
}
