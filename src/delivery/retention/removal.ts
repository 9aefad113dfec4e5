/** The most rows that one statement deletes. */
export const ROWS_PER_STATEMENT = 500;

/** The result of one batch. */
export interface RemovalResult {
  /** How many rows were removed. */
  count: number;
  /** The cursor of the next batch; null: no old rows are left. */
  next: string | null;
}

/** Removes the old rows of one kind. Several instances may run it at once. */
export interface Removal {
  /** The name of the kind in the log: `deliveries`. */
  readonly what: string;
  /** How long rows are kept, days; 0: for ever. */
  readonly days: number;

  /**
   * Scans the next rows, oldest first, and removes those that may be removed, in short transactions that skip locked
   * rows.
   *
   * @param before older rows may be removed, epoch milliseconds
   * @param from the cursor of the batch before; empty: begins at the oldest row
   */
  removeBatch(before: number, from: string): Promise<RemovalResult>;
}
