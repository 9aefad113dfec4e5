import type { JsonObject } from '../../events/json.js';

/** The identity of a stored file. */
export interface StoredFile {
  /** 32 hex characters, unique; the hash of a variant is prefixed with the variant's name and `_`. */
  hash: string;
  /** The extension: a dot, letters and digits; empty: none. */
  ext: string;
  mime: string;
}

/** A stored file with the provider's metadata. */
export interface StoredBytes extends StoredFile {
  /** The provider's own metadata; null: none. */
  providerMetadata: object | null;
}

/** A replacement of bytes that can still be undone: two-phase, because the database commits later. */
export interface BytesReplacement {
  /** The provider's metadata of the new bytes; null: none. */
  providerMetadata: JsonObject | null;
  /** Restores the old bytes and moves the new ones back to where they came from. */
  undo(): Promise<void>;
  /** Removes the old bytes for good. */
  settle(): Promise<void>;
}

/** The port to the store of files' bytes. */
export abstract class StorageProvider {
  /** The provider's name in files: `local`. */
  abstract readonly name: string;

  /**
   * Stores a file's bytes.
   *
   * @param tempPath the path of the bytes; the provider may move the file away
   * @returns the file's URL, and the provider's metadata
   */
  abstract store(
    tempPath: string,
    file: StoredFile,
  ): Promise<{ url: string; providerMetadata: JsonObject | null }>;

  /**
   * Replaces a file's bytes atomically. The URL stays and always leads to the old or to the new bytes.
   *
   * @param tempPath the path of the new bytes; the provider may move the file away
   */
  abstract replace(tempPath: string, file: StoredBytes): Promise<BytesReplacement>;

  /** Removes a file's bytes. Missing bytes are no error (idempotent). */
  abstract remove(file: StoredBytes): Promise<void>;
}
