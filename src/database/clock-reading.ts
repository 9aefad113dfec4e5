/** One reading of another's clock, milliseconds. */
export interface ClockReading {
  /** When it was asked for, by this process's monotonic clock. */
  askedAt: number;
  /** When the answer was here, by the same. */
  answeredAt: number;
  /** What it said, some time between the two; a whole number, and what is below a millisecond is cut off. */
  said: number;
}

/**
 * What is known of another's clock after a reading: its distance from this process's monotonic clock.
 *
 * A reading proves two bounds, no more: the other clock said so at some moment between the question and the answer. The
 * distance moves only as far as they force it. The middle between them would be wrong by half of the round trip, and a
 * process that is stopped while it asks has one of seconds: it would then think that the leases of all others have run
 * out.
 *
 * @param offset the distance that was known before
 * @returns the distance nearest to it that the reading allows
 */
export function narrowed(offset: number, { askedAt, answeredAt, said }: ClockReading): number {
  const least = said - answeredAt;
  const most = said + 1 - askedAt;
  return Math.min(Math.max(offset, least), most);
}
