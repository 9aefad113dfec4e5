import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

/** How long those who publish wait at most, milliseconds. All who wait share a commit, which makes each cheaper. */
export const PACE_MS = 50;

/** A process that uses this share of its time, 0 to 1, has none left. */
const BUSY = 0.8;

/** Over at least so long the share is measured, milliseconds. */
const MEASURED_MS = 100;

/** What the pace goes by; replaced in tests. */
export interface PaceSource {
  /** Milliseconds of a clock that is never set back. */
  now(): number;
  /** As `performance.eventLoopUtilization`. */
  utilization(since?: EventLoopUtilization): EventLoopUtilization;
  wait(ms: number): Promise<void>;
}

const MACHINE: PaceSource = {
  now: () => performance.now(),
  utilization: (since) => performance.eventLoopUtilization(since),
  wait: async (ms) => wait(ms),
};

/**
 * Slows those who publish while this process has no time left and events wait to be sent: taking an event costs less than
 * sending it to many webhooks, so that callers who publish as fast as they are answered would leave no time for what was
 * taken, and what waits costs more than what is sent at once. A slow receiver slows nobody: the process has time then.
 */
export class PublishPace {
  private measured: EventLoopUtilization | undefined;
  private measuredAt = -Infinity;
  private isBusy = false;
  private turn: Promise<void> | null = null;

  /** @param isBehind whether something waits in the database that could be sent */
  constructor(
    private readonly isBehind: () => boolean,
    private readonly source: PaceSource = MACHINE,
  ) {}

  /** When the next publication may be committed; null: now. */
  next(): Promise<void> | null {
    if (this.turn === null && this.isBehind() && this.hasNoTime()) {
      this.turn = this.source.wait(PACE_MS).then(() => {
        this.turn = null;
      });
    }
    return this.turn;
  }

  private hasNoTime(): boolean {
    const now = this.source.now();
    if (now - this.measuredAt < MEASURED_MS) return this.isBusy;
    const current = this.source.utilization();
    // What is measured first is the time since the process started: it says nothing of now.
    const sinceThen = this.measured && this.source.utilization(this.measured);
    this.isBusy = sinceThen !== undefined && sinceThen.utilization >= BUSY;
    this.measured = current;
    this.measuredAt = now;
    return this.isBusy;
  }
}
