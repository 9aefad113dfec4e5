import { Clock } from '../host/clock.js';

/** A clock that stands still until a test moves it. */
export class ManualClock extends Clock {
  /** @param epochMs where it stands at first; now, unless told */
  constructor(private epochMs: number = Date.now()) {
    super();
  }

  override now(): number {
    return this.epochMs;
  }

  /** Moves it on. */
  advance(ms: number): void {
    this.epochMs += ms;
  }

  /** Sets it, backwards too. */
  set(epochMs: number): void {
    this.epochMs = epochMs;
  }
}
