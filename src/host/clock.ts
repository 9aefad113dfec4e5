/**
 * The source of time. Everything that dates a row or computes a due time or a lease reads it, so that tests can move
 * the time, and instances whose own clocks differ can agree on the database's.
 */
export abstract class Clock {
  /** UTC epoch milliseconds, a whole number. */
  abstract now(): number;
}

/** The machine's own clock. */
export class SystemClock extends Clock {
  override now(): number {
    return Date.now();
  }
}
