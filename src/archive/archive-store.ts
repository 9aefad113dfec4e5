/** Where an archive keeps its files: names with `/`, bytes, no locks. Every method throws an ArchiveError where it fails. */
export interface ArchiveStore {
  /** For sentences: `file:///var/archive`. */
  readonly name: string;

  /** @returns the bytes; null: there is no such file */
  read(name: string): Promise<Buffer | null>;

  /** Writes a file durably, in place of one of that name. */
  write(name: string, bytes: Buffer): Promise<void>;

  /**
   * Writes a file durably unless there is one of that name. Of several that create the same name at once, one does.
   *
   * @returns false: there was one, which stays as it is
   */
  create(name: string, bytes: Buffer): Promise<boolean>;

  /** Removes a file durably; one that is not there is none to remove. */
  remove(name: string): Promise<void>;

  /** The names of the files in a folder, without the folder. What was written before it is called is among them. */
  list(folder: string): Promise<string[]>;

  /** The first file whose whole name is greater than a text, byte by byte; null: there is none. */
  firstAfter(text: string): Promise<string | null>;

  /** Removes what killed writers have left in a folder beside its files. A writer that is at it begins anew. */
  removeUnfinished(folder: string): Promise<void>;
}
