import { isCommitOutcomeUnknown } from './transactions.js';

/** What a {@link WriteBehind} buffer holds and how it is written. */
export interface WriteBehindOptions<Delta> {
  /**
   * Makes one delta of two. It may change `older` and return it.
   *
   * @param older what happened first; the order matters where merging does not commute (failures in a row)
   */
  merge(older: Delta, newer: Delta): Delta;
  /**
   * Writes all rows or none, in a transaction of its own.
   *
   * @param batch an id of this try, where the buffer has `nextBatch`; the transaction leaves it in the database so that
   *   `isWritten` finds it
   */
  write(rows: ReadonlyMap<string, Delta>, batch: string): Promise<void>;
  /**
   * For writes that add: makes the ids of batches and tells whether a batch was committed. It is asked after a COMMIT
   * whose answer was lost. Left out: writing a row twice does no harm.
   */
  commits?: { nextBatch(): string; isWritten(batch: string): Promise<boolean> };
}

/**
 * Write-behind buffer: deltas are merged in memory by key, and {@link flush} writes them in one transaction. A process
 * that is killed loses what it has not flushed, and nothing else.
 *
 * A batch whose write failed goes back and is merged as the older half with what came meanwhile. A batch whose COMMIT
 * was sent and not answered is neither written again nor dropped: the next flush asks the database which it is.
 */
export class WriteBehind<Delta> {
  private pending = new Map<string, Delta>();
  private unknown: { batch: string; rows: Map<string, Delta> } | null = null;
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: WriteBehindOptions<Delta>) {}

  /** How many keys wait to be written. */
  get size(): number {
    return this.pending.size + (this.unknown?.rows.size ?? 0);
  }

  /** The keys with a pending delta. */
  keys(): string[] {
    return [...this.pending.keys()];
  }

  /** The pending delta of a key; undefined when nothing waits. */
  get(key: string): Delta | undefined {
    return this.pending.get(key);
  }

  /** Merges a delta into what waits under its key. */
  add(key: string, delta: Delta): void {
    const older = this.pending.get(key);
    this.pending.set(key, older === undefined ? delta : this.options.merge(older, delta));
  }

  /** The pending delta of a key, to be changed in place: for hot paths, which must not build a delta for each change. */
  at(key: string, create: () => Delta): Delta {
    let delta = this.pending.get(key);
    if (delta === undefined) {
      delta = create();
      this.pending.set(key, delta);
    }
    return delta;
  }

  /**
   * Writes what waits. One flush runs at a time; a second one waits for the first and writes what came meanwhile.
   *
   * @returns the rows that are in the database now and were not before
   * @throws what the write failed with; the rows are kept
   */
  flush(): Promise<ReadonlyMap<string, Delta>> {
    const run = this.running.then(() => this.flushNow());
    this.running = run.catch(() => undefined);
    return run;
  }

  private async flushNow(): Promise<ReadonlyMap<string, Delta>> {
    const written = await this.settleUnknown();
    const rows = this.pending;
    if (rows.size === 0) return written;
    this.pending = new Map();
    const { commits } = this.options;
    const batch = commits?.nextBatch() ?? '';
    try {
      await this.options.write(rows, batch);
    } catch (error) {
      if (commits && isCommitOutcomeUnknown(error)) this.unknown = { batch, rows };
      else this.restore(rows);
      throw error;
    }
    return new Map([...written, ...rows]);
  }

  /** Asks the database about the batch whose COMMIT was not answered. @returns its rows when they were committed */
  private async settleUnknown(): Promise<Map<string, Delta>> {
    const { unknown } = this;
    if (!unknown) return new Map();
    const isWritten = await this.options.commits?.isWritten(unknown.batch);
    this.unknown = null;
    if (isWritten) return unknown.rows;
    this.restore(unknown.rows);
    return new Map();
  }

  private restore(rows: ReadonlyMap<string, Delta>): void {
    for (const [key, older] of rows) {
      const newer = this.pending.get(key);
      this.pending.set(key, newer === undefined ? older : this.options.merge(older, newer));
    }
  }
}
