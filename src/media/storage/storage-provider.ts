import type { JsonObject } from '../../events/json.js';

/** What a provider is told of a file that it is to keep. */
export interface StoredFile {
  /** 32 hex characters, unlike any other file's; a smaller version's has its name and `_` before it. */
  hash: string;
  /** With its dot, letters and digits alone; empty when it has none. */
  ext: string;
  mime: string;
}

/** What a provider removes bytes by. */
export interface StoredBytes extends StoredFile {
  /** What the provider asked to be remembered. */
  providerMetadata: object | null;
}

/** Bytes that took the place of others, while it is not known yet whether they may stay. */
export interface BytesReplacement {
  /** What the provider must remember of the new ones. */
  providerMetadata: JsonObject | null;
  /** Puts the old ones back; the new ones are where they came from. */
  undo(): Promise<void>;
  /** Gives the old ones up. */
  settle(): Promise<void>;
}

/** Where a file's bytes are kept. */
export abstract class StorageProvider {
  /** As files name it: `local`. */
  abstract readonly name: string;

  /**
   * Takes over a file's bytes.
   *
   * @param tempPath where they are; the provider may move the file away
   * @returns where they can be fetched, and what the provider must remember
   */
  abstract store(
    tempPath: string,
    file: StoredFile,
  ): Promise<{ url: string; providerMetadata: JsonObject | null }>;

  /**
   * Puts other bytes in the place of a file's. Its URL stays, and leads to the old ones or the new ones at any moment.
   *
   * @param tempPath where the new ones are; the provider may move the file away
   */
  abstract replace(tempPath: string, file: StoredBytes): Promise<BytesReplacement>;

  /** Removes a file's bytes. Bytes that are gone already are no error. */
  abstract remove(file: StoredBytes): Promise<void>;
}
