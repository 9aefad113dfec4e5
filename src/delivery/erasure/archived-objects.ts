import type { ErasureCriteria } from '../model/erasure.entity.js';

/** Injection token of {@link ArchivedObjects}. */
export const ARCHIVED_OBJECTS = Symbol.for('posthorn.archived-objects');

/** What an erasure asks of an archive. */
export interface ArchiveErasure {
  /** The erasure's id, which the tombstones in archived objects name. */
  id: string;
  criteria: ErasureCriteria;
  /** Events that were recorded up to this time are meant, epoch milliseconds. */
  recordedUntil: number;
}

/** What one step in an archive came to. */
export interface ArchiveStep {
  /** How many objects were rewritten and verified. */
  rewritten: number;
  /** Names of objects that hold what is to be erased and cannot be rewritten now. */
  held: string[];
  /** The cursor of the next step, at most 64 characters; null: every object was looked at. */
  next: string | null;
}

/** History that is kept outside of the database. */
export interface ArchivedObjects {
  /**
   * Looks at the next objects, and rewrites those that hold what is to be erased, manifests included. It may be called
   * again with the same cursor: an instance may be killed in between. It must end within {@link ARCHIVE_STEP_MS}.
   *
   * @param cursor empty: begins at the first object
   */
  eraseSome(erasure: ArchiveErasure, cursor: string): Promise<ArchiveStep>;
}

/** How long one step in an archive may take, milliseconds: no other instance begins the same step before. */
export const ARCHIVE_STEP_MS = 60_000;

/** Where nothing is archived. */
export const NO_ARCHIVE: ArchivedObjects = {
  eraseSome: () => Promise.resolve({ rewritten: 0, held: [], next: null }),
};
