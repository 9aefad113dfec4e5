import { Injectable } from '@nestjs/common';
import { type EntityManager, In, IsNull } from 'typeorm';
import { rowLock } from '../../database/row-lock.js';
import type { DocumentNode } from '../../events/document-node.js';
import type { JsonObject } from '../../events/json.js';
import { FileEntity, FileLinkEntity } from '../file.entity.js';
import { toFileDocument, toFileView } from '../files/file-view.js';
import { replaceLinks } from './file-links.js';

/** A file of an entry: its serialized form, and the properties that only Strapi 5 has. */
export interface AttachedFile {
  printed: JsonObject;
  document: DocumentNode;
}

/** The files of entries, for other modules. */
@Injectable()
export class FileAttachments {
  /** Finds the ordered files of entries of one content type, by entry id and field. */
  async filesOf(
    manager: EntityManager,
    uid: string,
    entryIds: readonly number[],
  ): Promise<Map<number, Map<string, AttachedFile[]>>> {
    const links = await manager.find(FileLinkEntity, {
      where: { uid, entryId: In([...entryIds]) },
      order: { position: 'ASC', id: 'ASC' },
    });
    if (links.length === 0) return new Map();
    const files = await manager.findBy(FileEntity, {
      id: In([...new Set(links.map(({ fileId }) => fileId))]),
    });
    const views = new Map(
      files.map((file) => [file.id, { printed: toFileView(file), document: toFileDocument(file) }]),
    );
    const byEntry = new Map<number, Map<string, AttachedFile[]>>();
    for (const { entryId, field, fileId } of links) {
      const view = views.get(fileId);
      if (!view) continue;
      const fields = byEntry.get(entryId) ?? new Map<string, AttachedFile[]>();
      byEntry.set(entryId, fields.set(field, [...(fields.get(field) ?? []), view]));
    }
    return byEntry;
  }

  /** Finds files by their ids. Deleted files are missing. */
  async filesById(manager: EntityManager, ids: readonly number[]): Promise<Map<number, AttachedFile>> {
    const files = await manager.findBy(FileEntity, { id: In([...ids]) });
    return new Map(
      files.map((file) => [file.id, { printed: toFileView(file), document: toFileDocument(file) }]),
    );
  }

  /**
   * Locks files for the transaction, so that none is deleted while it is linked.
   *
   * @returns the media types of the tenant's files among them, by id
   */
  async lock(
    manager: EntityManager,
    tenant: string | null,
    ids: readonly number[],
  ): Promise<Map<number, string>> {
    const files = ids.length === 0 ? [] : await lockFiles(manager, tenant, ids);
    return new Map(files.map(({ id, mime }) => [id, mime]));
  }

  /**
   * Replaces the files of a field of an entry.
   *
   * @returns the ids that are no files of the entry's tenant; if there are any, nothing was changed
   */
  async replace(
    manager: EntityManager,
    holder: { uid: string; entryId: number; tenant: string | null },
    field: string,
    fileIds: readonly number[],
  ): Promise<number[]> {
    const found = fileIds.length === 0 ? [] : await lockFiles(manager, holder.tenant, fileIds);
    const missing = fileIds.filter((id) => !found.some((file) => file.id === id));
    if (missing.length === 0) await replaceLinks(manager, { ...holder, field }, fileIds);
    return missing;
  }

  /** Removes all links between an entry and its files. */
  async detachAll(manager: EntityManager, uid: string, entryId: number): Promise<void> {
    await manager.delete(FileLinkEntity, { uid, entryId });
  }
}

/** Locks files in the order of their ids, so that none is deleted while it is linked. */
async function lockFiles(
  manager: EntityManager,
  tenant: string | null,
  ids: readonly number[],
): Promise<FileEntity[]> {
  return manager.find(FileEntity, {
    where: { id: In([...ids]), tenant: tenant ?? IsNull() },
    order: { id: 'ASC' },
    ...rowLock(manager),
  });
}
