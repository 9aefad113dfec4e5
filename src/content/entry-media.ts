import type { EntityManager } from 'typeorm';
import type { DocumentNode } from '../events/document-node.js';
import type { JsonObject } from '../events/json.js';

/** An entry, as media knows it. */
export interface MediaHolder {
  /** The content type's uid. */
  uid: string;
  entryId: number;
  /** Whose entry it is; only that tenant's files can hang there. */
  tenant: string | null;
}

/** A file of an entry: as it is printed, and what Strapi 5 tells more of it. */
export interface EntryFile {
  printed: JsonObject;
  document: DocumentNode;
}

/** Files in their order, by attribute name. */
export type FilesByField = ReadonlyMap<string, EntryFile[]>;

/**
 * What content needs of the media library, which it does not know. The composition provides it. Everything happens
 * by the manager that is given, in its transaction.
 */
export abstract class EntryMedia {
  /** The files of entries of one content type, by entry id. An entry without files may be missing. */
  abstract filesOf(
    manager: EntityManager,
    uid: string,
    entryIds: readonly number[],
  ): Promise<ReadonlyMap<number, FilesByField>>;

  /** Files by their ids. Those that are gone are missing. */
  abstract filesById(
    manager: EntityManager,
    fileIds: readonly number[],
  ): Promise<ReadonlyMap<number, EntryFile>>;

  /**
   * Keeps files for the transaction, so that none is deleted while it is being linked.
   *
   * @returns the media types of those that are of the tenant, by id
   */
  abstract lock(
    manager: EntityManager,
    tenant: string | null,
    fileIds: readonly number[],
  ): Promise<ReadonlyMap<number, string>>;

  /**
   * Hangs files at a field, instead of those that hang there.
   *
   * @returns the ids that are no files of the entry's tenant; when there are any, nothing was changed
   */
  abstract replace(
    manager: EntityManager,
    holder: MediaHolder,
    field: string,
    fileIds: readonly number[],
  ): Promise<number[]>;

  /** Takes all files off an entry. The files themselves stay. */
  abstract detachAll(manager: EntityManager, uid: string, entryId: number): Promise<void>;
}
