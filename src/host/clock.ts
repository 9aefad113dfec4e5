/**
 * Where the time comes from. Everything that dates a row, computes a due time or a lease asks this, so that a
 * test can move it and instances with skewed clocks can agree on the database's.
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
