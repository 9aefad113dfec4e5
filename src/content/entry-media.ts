import type { EntityManager } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import type { DocumentNode } from '../events/document-node.js';
import type { JsonObject } from '../events/json.js';

/** An entry that holds files. */
export interface MediaHolder {
  /** The content type's uid. */
  uid: string;
  entryId: number;
  /** The entry's tenant; its files must have the same one. */
  tenant: string | null;
}

/** A file of an entry: its serialized form, and the properties that only Strapi 5 has. */
export interface EntryFile {
  printed: JsonObject;
  document: DocumentNode;
}

/** A file of a form, received completely. */
export interface FormFile {
  /** The form field: `files.cover`. */
  fieldname: string;
  originalname: string;
  mimetype: string;
  /** The path of its bytes. */
  path: string;
  size: number;
  sha256: string;
}

/** Files whose bytes are stored and whose rows are not. */
export interface StoredFiles {
  /**
   * Inserts the rows and announces each file, in a transaction; after a rollback it can be repeated.
   *
   * @returns the ids, in the order of the files
   */
  record(manager: EntityManager): Promise<number[]>;
  /** Removes the bytes of files that were not recorded. */
  remove(): Promise<void>;
}

/** Ordered files by attribute name. */
export type FilesByField = ReadonlyMap<string, EntryFile[]>;

/**
 * The port through which content uses the media library, which it does not import. The composition provides an adapter.
 * All methods work in the transaction of the given manager.
 */
export abstract class EntryMedia {
  /** Finds the files of entries of one content type, by entry id. Entries without files may be missing. */
  abstract filesOf(
    manager: EntityManager,
    uid: string,
    entryIds: readonly number[],
  ): Promise<ReadonlyMap<number, FilesByField>>;

  /** Finds files by their ids. Deleted files are missing. */
  abstract filesById(
    manager: EntityManager,
    fileIds: readonly number[],
  ): Promise<ReadonlyMap<number, EntryFile>>;

  /**
   * Locks files for the transaction, so that none is deleted while it is linked.
   *
   * @returns the media types of the tenant's files among them, by id
   */
  abstract lock(
    manager: EntityManager,
    tenant: string | null,
    fileIds: readonly number[],
  ): Promise<ReadonlyMap<number, string>>;

  /**
   * Replaces the files of a field.
   *
   * @returns the ids that are no files of the entry's tenant; if there are any, nothing was changed
   */
  abstract replace(
    manager: EntityManager,
    holder: MediaHolder,
    field: string,
    fileIds: readonly number[],
  ): Promise<number[]>;

  /**
   * Stores the bytes of a form's files.
   *
   * @throws {RequestValidationError} for a type that is not accepted
   */
  abstract store(files: readonly FormFile[], caller: Caller): Promise<StoredFiles>;

  /** Removes received files that were not stored. */
  abstract discard(files: readonly FormFile[]): Promise<void>;

  /** Removes all links between an entry and its files. The files themselves stay. */
  abstract detachAll(manager: EntityManager, uid: string, entryId: number): Promise<void>;
}
