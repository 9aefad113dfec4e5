import type { EntityManager } from 'typeorm';
import type { JsonObject } from '../../events/json.js';
import type { Viewer } from '../../auth/tenancy.js';

/** The link that an upload requests. */
export interface LinkRequest {
  /** A content type's uid. */
  ref: string;
  /** An entry's id, as the client sent it. */
  refId: string;
  /** An attribute of type media. */
  field: string;
  /** The media types of the files, which the field must accept. Default: none. */
  mimes?: readonly string[];
}

/** A field of an entry that can hold files. */
export interface LinkTarget {
  uid: string;
  entryId: number;
  field: string;
  /** Whether the field can hold several files; false: a new file replaces the old one. */
  multiple: boolean;
  /** The entry's tenant; null: none. */
  tenant: string | null;
}

/**
 * The port through which the media library uses content, which it does not import. The composition provides an adapter.
 * All methods work in the transaction of the given manager.
 */
export abstract class LinkTargets {
  /**
   * Finds the field that a request names, and locks its entry for the transaction.
   *
   * @throws {RequestValidationError} when it does not exist for the viewer
   */
  abstract find(manager: EntityManager, request: LinkRequest, viewer: Viewer): Promise<LinkTarget>;

  /** Finds summaries of entries of one content type, by id. Deleted entries are missing. */
  abstract summaries(
    manager: EntityManager,
    uid: string,
    entryIds: readonly number[],
  ): Promise<ReadonlyMap<number, JsonObject>>;
}
