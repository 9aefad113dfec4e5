import { Injectable } from '@nestjs/common';
import type { Outcome } from '../model/outcome.js';
import { OutcomeRecorder } from '../outcomes/outcome-recorder.js';
import { BatchCompleter } from './batch-completer.js';

/** How long a small batch waits for further outcomes, milliseconds: a commit costs more than a row. */
const LINGER_MS = 2;
/** A batch of this size means a high load: then a fuller batch is worth a longer wait. */
const MANY = 64;
const LINGER_OF_MANY_MS = 15;

/** Buffers outcomes and records them in batches. */
@Injectable()
export class OutcomeBuffer {
  private readonly completer: BatchCompleter<Outcome>;

  constructor(recorder: OutcomeRecorder) {
    this.completer = new BatchCompleter<Outcome>({
      record: (outcomes) => recorder.record(outcomes),
      lingerMs: (lastBatch, someAwaited) => (lastBatch < MANY || someAwaited ? LINGER_MS : LINGER_OF_MANY_MS),
      isAwaited,
      countAttempts: () => 1,
      describe: ({ claim }) => `The attempt ${claim.number} of delivery ${claim.deliveryId}`,
    });
  }

  /** Outcomes that are not recorded yet. */
  get pending(): readonly Outcome[] {
    return this.completer.pending;
  }

  /** Calls a listener with outcomes that are in the database now, or were given up. */
  onWritten(listener: (outcomes: readonly Outcome[]) => void): void {
    this.completer.onEnded((outcomes) => listener(outcomes));
  }

  add(outcome: Outcome): void {
    this.completer.add(outcome);
  }

  /** Waits until everything that was added is recorded. */
  async settle(): Promise<void> {
    await this.completer.settle();
  }

  /** Gives outcomes up that the database does not take from now on, for a stop: their attempts are made again. */
  giveUp(): void {
    this.completer.giveUp();
  }
}

/** Of an ordered webhook the next delivery in line cannot be claimed before this outcome is recorded. */
function isAwaited({ claim }: Outcome): boolean {
  return claim.webhook.ordering === 'entry';
}
