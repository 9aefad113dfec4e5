import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { isRetryable, isUnavailable } from '../../database/database-errors.js';
import type { Outcome } from '../model/outcome.js';
import { OutcomeRecorder } from '../outcomes/outcome-recorder.js';

/** The most outcomes in one transaction. */
const BATCH = 256;
/** How long the writer waits for company before it writes a few, milliseconds: a commit costs more than a row. */
const LINGER_MS = 2;
/** A batch of so many says that there is much to do: then a fuller one is worth a longer wait. */
const MANY = 64;
const LINGER_OF_MANY_MS = 15;
const DATABASE_RETRY_MS = 500;

/**
 * Collects outcomes and writes them in batches, one batch at a time. While the database is away it keeps them and
 * tries again; an outcome is never dropped because of a neighbour.
 */
@Injectable()
export class OutcomeBuffer {
  private readonly logger = new Logger('Delivery');
  private readonly buffered: Outcome[] = [];
  private writing: Promise<void> | null = null;
  private lastBatch = 0;
  private goOn: (() => void) | null = null;
  private tell: (outcomes: readonly Outcome[]) => void = () => {};

  constructor(private readonly recorder: OutcomeRecorder) {}

  /** Outcomes that are not in the database yet. */
  get pending(): readonly Outcome[] {
    return this.buffered;
  }

  /** Has a listener told of outcomes that are in the database now, or were given up. */
  onWritten(tell: (outcomes: readonly Outcome[]) => void): void {
    this.tell = tell;
  }

  add(outcome: Outcome): void {
    this.buffered.push(outcome);
    this.writing ??= this.write();
    if (this.buffered.length >= BATCH || isAwaited(outcome)) this.goOn?.();
  }

  /** Resolves when everything that was added is written. */
  async settle(): Promise<void> {
    while (this.writing) await this.writing;
  }

  private async write(): Promise<void> {
    try {
      while (this.buffered.length > 0) {
        if (this.buffered.length < BATCH) await this.linger();
        const batch = this.buffered.slice(0, BATCH);
        this.lastBatch = batch.length;
        await this.writeBatch(batch);
        this.buffered.splice(0, batch.length);
        this.tell(batch);
      }
    } finally {
      this.writing = null;
      this.lastBatch = 0;
    }
  }

  private async linger(): Promise<void> {
    if (this.lastBatch < MANY || this.buffered.some(isAwaited)) {
      await wait(LINGER_MS);
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LINGER_OF_MANY_MS);
      this.goOn = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.goOn = null;
  }

  private async writeBatch(batch: Outcome[]): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.recorder.record(batch);
        return;
      } catch (error) {
        if (!isUnavailable(error) && !isRetryable(error)) {
          await this.writeOneByOne(batch, error);
          return;
        }
        if (tries === 1) {
          this.logger.error(
            `${batch.length} attempts cannot be recorded now (${(error as Error).message}); they are kept and written when the database is back.`,
          );
        }
        await wait(DATABASE_RETRY_MS);
      }
    }
  }

  private async writeOneByOne(batch: Outcome[], cause: unknown): Promise<void> {
    const [only] = batch;
    if (batch.length === 1 && only) {
      this.logger.error(
        `The attempt ${only.claim.number} of delivery ${only.claim.deliveryId} cannot be recorded: ${(cause as Error).message} ` +
          'Its lease runs out and it is made again.',
      );
      return;
    }
    for (const outcome of batch) await this.writeBatch([outcome]);
  }
}

/** The next in its line cannot be claimed before this one is written. */
function isAwaited({ claim }: Outcome): boolean {
  return claim.webhook.ordering === 'entry';
}
