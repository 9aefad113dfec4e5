import { Clock } from '../host/clock.js';

/** A clock that stands still until a test moves it. */
export class ManualClock extends Clock {
  /** @param epochMs the first time of the clock, epoch milliseconds. Default: now */
  constructor(private epochMs: number = Date.now()) {
    super();
  }

  override now(): number {
    return this.epochMs;
  }

  /** Moves the clock forward, milliseconds. */
  advance(ms: number): void {
    this.epochMs += ms;
  }

  /** Sets the clock, epoch milliseconds; also to an earlier time. */
  set(epochMs: number): void {
    this.epochMs = epochMs;
  }
}
