/** Where an archive keeps its files: names with `/`, bytes, no locks. */
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
}
