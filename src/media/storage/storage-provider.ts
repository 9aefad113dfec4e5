import type { JsonObject } from '../../events/webhook-event.js';

/** What a provider is told of a file that it is to keep. */
export interface StoredFile {
  /** 32 hex characters, unlike any other file's. */
  hash: string;
  /** With its dot, letters and digits alone; empty when it has none. */
  ext: string;
  mime: string;
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

  /** Removes a file's bytes. Bytes that are gone already are no error. */
  abstract remove(file: StoredFile & { providerMetadata: object | null }): Promise<void>;
}
