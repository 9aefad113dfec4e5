import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { toLogLine } from '../../host/log-text.js';
import { isRetryable, isUnavailable } from '../../database/database-errors.js';
import { DatabaseGivenUpError } from '../../database/statement-deadlines.js';
import type { Outcome } from '../model/outcome.js';
import { OutcomeRecorder } from '../outcomes/outcome-recorder.js';

/** The most outcomes in one transaction. */
const BATCH = 256;
/** How long a small batch waits for further outcomes, milliseconds: a commit costs more than a row. */
const LINGER_MS = 2;
/** A batch of this size means a high load: then a fuller batch is worth a longer wait. */
const MANY = 64;
const LINGER_OF_MANY_MS = 15;
const DATABASE_RETRY_MS = 500;

/**
 * Batch completer: buffers outcomes and records them in batches, one batch at a time. While the database is away it
 * keeps them and tries again. A batch that cannot be recorded is split, so that one bad outcome drops no other.
 */
@Injectable()
export class OutcomeBuffer {
  private readonly logger = new Logger('Delivery');
  private readonly buffered: Outcome[] = [];
  private writing: Promise<void> | null = null;
  private lastBatch = 0;
  private isGivenUp = false;
  private wake: (() => void) | null = null;
  private emitWritten: (outcomes: readonly Outcome[]) => void = () => {};

  constructor(private readonly recorder: OutcomeRecorder) {}

  /** Outcomes that are not recorded yet. */
  get pending(): readonly Outcome[] {
    return this.buffered;
  }

  /** Calls a listener with outcomes that are in the database now, or were given up. */
  onWritten(listener: (outcomes: readonly Outcome[]) => void): void {
    this.emitWritten = listener;
  }

  add(outcome: Outcome): void {
    this.buffered.push(outcome);
    this.writing ??= this.write();
    if (this.buffered.length >= BATCH || isAwaited(outcome)) this.wake?.();
  }

  /** Waits until everything that was added is recorded. */
  async settle(): Promise<void> {
    while (this.writing) await this.writing;
  }

  /** Gives outcomes up that the database does not take from now on, for a stop: their attempts are made again. */
  giveUp(): void {
    this.isGivenUp = true;
  }

  private async write(): Promise<void> {
    try {
      while (this.buffered.length > 0) {
        if (this.buffered.length < BATCH) await this.linger();
        const batch = this.buffered.slice(0, BATCH);
        this.lastBatch = batch.length;
        await this.writeBatch(batch);
        this.buffered.splice(0, batch.length);
        this.emitWritten(batch);
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
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = null;
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
        if (this.isGivenUp || error instanceof DatabaseGivenUpError) {
          this.logger.error(
            `${batch.length} attempts could not be recorded before the stop; they are made again when their leases end.`,
          );
          return;
        }
        if (tries === 1) {
          this.logger.error(
            `${batch.length} attempts cannot be recorded now (${toLogLine((error as Error).message)}); they are kept and written when the database is back.`,
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
        `The attempt ${only.claim.number} of delivery ${only.claim.deliveryId} cannot be recorded: ${toLogLine((cause as Error).message)} ` +
          'Its lease runs out and it is made again.',
      );
      return;
    }
    for (const outcome of batch) await this.writeBatch([outcome]);
  }
}

/** Of an ordered webhook the next delivery in line cannot be claimed before this outcome is recorded. */
function isAwaited({ claim }: Outcome): boolean {
  return claim.webhook.ordering === 'entry';
}
