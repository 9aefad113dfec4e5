import { Logger } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { isRetryable, isUnavailable } from '../../database/database-errors.js';
import { DatabaseGivenUpError } from '../../database/statement-deadlines.js';
import { toLogLine } from '../../host/log-text.js';

/** The most items in one transaction. */
const BATCH = 256;
const DATABASE_RETRY_MS = 500;
/** A wait that is not longer is not cut short, milliseconds. */
const SHORT_WAIT_MS = 2;

/** How a {@link BatchCompleter} writes its items. */
export interface BatchCompleterOptions<Item> {
  /** Writes items in one transaction. */
  record(items: Item[]): Promise<void>;
  /** With so many items a batch waits for no more; default: the most that one transaction has. */
  enough?: number;
  /**
   * How long a batch that is not full waits for further items, milliseconds.
   *
   * @param lastBatch how many items the one before had
   * @param isAwaited whether somebody waits for one of the items
   */
  lingerMs(lastBatch: number, isAwaited: boolean): number;
  /** Whether somebody waits for an item: then its batch does not wait for long. */
  isAwaited(item: Item): boolean;
  /** How many attempts an item stands for. */
  countAttempts(item: Item): number;
  /** Names an item that cannot be written, for the log: `The attempt 1 of delivery …`. */
  describe(item: Item): string;
}

/**
 * Batch completer: buffers items and writes them in batches, one batch at a time. While the database is away it keeps
 * them and tries again. A batch that cannot be written is split, so that one bad item drops no other.
 */
export class BatchCompleter<Item> {
  private readonly logger = new Logger('Delivery');
  private readonly buffered: Item[] = [];
  private readonly enough: number;
  private writing: Promise<void> | null = null;
  private lastBatch = 0;
  private isGivenUp = false;
  private wakeUp: (() => void) | null = null;
  private emitEnded: (items: readonly Item[], failed: ReadonlySet<Item>) => void = () => {};

  constructor(private readonly options: BatchCompleterOptions<Item>) {
    this.enough = options.enough ?? BATCH;
  }

  /** Items that are not written yet. */
  get pending(): readonly Item[] {
    return this.buffered;
  }

  /** Calls a listener with items that were written, and those among them that were given up instead. */
  onEnded(listener: (items: readonly Item[], failed: ReadonlySet<Item>) => void): void {
    this.emitEnded = listener;
  }

  add(item: Item): void {
    this.buffered.push(item);
    this.writing ??= this.write();
    if (this.buffered.length >= this.enough || this.options.isAwaited(item)) this.wake();
  }

  /** Lets the batch that waits for further items wait no longer. */
  wake(): void {
    this.wakeUp?.();
  }

  /** Waits until everything that was added is written. */
  async settle(): Promise<void> {
    while (this.writing) await this.writing;
  }

  /** Gives items up that the database does not take from now on, for a stop: their attempts are made again. */
  giveUp(): void {
    this.isGivenUp = true;
  }

  private async write(): Promise<void> {
    try {
      while (this.buffered.length > 0) {
        if (this.buffered.length < this.enough) await this.linger();
        const batch = this.buffered.slice(0, BATCH);
        this.lastBatch = batch.length;
        const failed = new Set<Item>();
        await this.writeBatch(batch, failed);
        this.buffered.splice(0, batch.length);
        this.emitEnded(batch, failed);
      }
    } finally {
      this.writing = null;
      this.lastBatch = 0;
    }
  }

  private async linger(): Promise<void> {
    const isAwaited = this.buffered.some((item) => this.options.isAwaited(item));
    const ms = this.options.lingerMs(this.lastBatch, isAwaited);
    if (ms <= SHORT_WAIT_MS) {
      await wait(ms);
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = null;
  }

  private async writeBatch(batch: Item[], failed: Set<Item>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.options.record(batch);
        return;
      } catch (error) {
        if (!isUnavailable(error) && !isRetryable(error)) {
          await this.writeOneByOne(batch, error, failed);
          return;
        }
        if (this.isGivenUp || error instanceof DatabaseGivenUpError) {
          for (const item of batch) failed.add(item);
          this.logger.error(
            `${this.count(batch)} attempts could not be recorded before the stop; they are made again when their leases end.`,
          );
          return;
        }
        if (tries === 1) {
          this.logger.error(
            `${this.count(batch)} attempts cannot be recorded now (${toLogLine((error as Error).message)}); they are kept and written when the database is back.`,
          );
        }
        await wait(DATABASE_RETRY_MS);
      }
    }
  }

  private async writeOneByOne(batch: Item[], cause: unknown, failed: Set<Item>): Promise<void> {
    const [only] = batch;
    if (batch.length === 1 && only) {
      failed.add(only);
      this.logger.error(
        `${this.options.describe(only)} cannot be recorded: ${toLogLine((cause as Error).message)} ` +
          'Its lease runs out and it is made again.',
      );
      return;
    }
    for (const item of batch) await this.writeBatch([item], failed);
  }

  private count(batch: readonly Item[]): number {
    return batch.reduce((sum, item) => sum + this.options.countAttempts(item), 0);
  }
}
