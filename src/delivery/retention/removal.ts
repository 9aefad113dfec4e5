/** The most rows that one statement removes. */
export const ROWS_PER_STATEMENT = 500;

/** What one look came to. */
export interface Removed {
  /** How many were removed. */
  count: number;
  /** Where the next look goes on; null: nothing that is old is left. */
  next: string | null;
}

/** Removes one kind of thing when it has grown old. Several instances may be at it at once. */
export interface Removal {
  /** What is removed, for the log: `deliveries`. */
  readonly what: string;
  /** How long it is kept, days; 0: for ever. */
  readonly days: number;

  /**
   * Looks at the next few of the oldest and removes those that may go, in transactions that are short and wait for
   * nobody.
   *
   * @param before what is older may go, epoch milliseconds
   * @param from where the look before said to go on; empty: at the oldest
   */
  removeSome(before: number, from: string): Promise<Removed>;
}
