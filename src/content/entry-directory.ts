import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { JsonObject } from '../events/json.js';
import { RequestValidationError } from '../http/envelope-error.js';
import type { Viewer } from '../auth/tenancy.js';
import { isMedia, getWrittenStatus, getFileKind } from './content-type.js';
import { ContentTypes } from './content-types.js';
import { parseId } from './entry-id.js';
import { toEntrySummary } from './serialization/entry-view.js';
import type { RelatedEntry } from './serialization/populated-entry.js';
import { lockEntry } from './tables/find-entry.js';
import { findRowsById } from './tables/find-rows.js';
import { getEntityName } from './tables/content-entities.js';

/** A field of an entry that can hold files. */
export interface MediaField {
  /** The content type's uid. */
  uid: string;
  entryId: number;
  field: string;
  /** Whether the field can hold several files. */
  multiple: boolean;
  /** The entry's tenant; null: none. */
  tenant: string | null;
}

/** Queries about entries for other modules. */
@Injectable()
export class EntryDirectory {
  constructor(private readonly types: ContentTypes) {}

  /**
   * Finds the field that an upload names, and locks its entry for the transaction.
   *
   * @param request `ref` is a content type's uid, `refId` the entry's id, `field` an attribute of type media, `mimes`
   *   the media types of the files for this field
   * @throws {RequestValidationError} when `ref`, `refId` or `field` does not exist, or the field does not accept the
   *   files
   */
  async findMediaField(
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
   * Summaries of entries of one content type, by id: `{id, …scalar attributes, created_at, updated_at}`. Deleted
   * entries are missing. With draft and publish it is the draft, because files belong to the draft.
   */
  async summaries(
    manager: EntityManager,
    uid: string,
    ids: readonly number[],
  ): Promise<Map<number, JsonObject>> {
    const entries = await this.findEntries(manager, uid, ids);
    return new Map(entries.map((entry) => [entry.row.id, toEntrySummary(entry)]));
  }

  private async findEntries(
    manager: EntityManager,
    uid: string,
    ids: readonly number[],
  ): Promise<RelatedEntry[]> {
    const type = this.types.byUid(uid);
    if (!type || ids.length === 0) return [];
    const status = getWrittenStatus(type);
    const rows = await findRowsById(manager, getEntityName(type, 'draft'), ids);
    return rows.map((row) => ({ type, status, row }));
  }
}
