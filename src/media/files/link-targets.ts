import type { EntityManager } from 'typeorm';
import type { DocumentNode } from '../../events/document-node.js';
import type { JsonObject } from '../../events/json.js';
import type { Viewer } from '../../auth/tenancy.js';

/** What an upload asks to be linked to. */
export interface LinkRequest {
  /** A content type's uid. */
  ref: string;
  /** An entry's id, as it was sent. */
  refId: string;
  /** An attribute of type media. */
  field: string;
  /** The media types of the files that are to hang there: not every field takes every file. Left out: none yet. */
  mimes?: readonly string[];
}

/** A field of an entry at which files can hang. */
export interface LinkTarget {
  uid: string;
  entryId: number;
  field: string;
  /** Whether several files can hang there; else a new one takes the old one's place. */
  multiple: boolean;
  /** Whose entry it is. */
  tenant: string | null;
}

/**
 * What the media library needs of content, which it does not know. The composition provides it. Everything happens by
 * the manager that is given, in its transaction.
 */
export abstract class LinkTargets {
  /**
   * The field that a request names, its entry kept for the transaction.
   *
   * @throws {RequestValidationError} when it names none that exists for the viewer
   */
  abstract find(manager: EntityManager, asked: LinkRequest, viewer: Viewer): Promise<LinkTarget>;

  /** Entries of one content type in short, by id; those that are gone are missing. */
  abstract summaries(
    manager: EntityManager,
    uid: string,
    entryIds: readonly number[],
  ): Promise<ReadonlyMap<number, JsonObject>>;

  /** What Strapi 5 tells of those entries beside their summaries. */
  abstract documents(
    manager: EntityManager,
    uid: string,
    entryIds: readonly number[],
  ): Promise<ReadonlyMap<number, DocumentNode>>;
}
