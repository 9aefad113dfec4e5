/** A token bucket: what may be sent now. */
export interface Bucket {
  tokens: number;
  /** When that was so, epoch milliseconds. */
  at: number;
}

/**
 * A bucket as it stands now. It holds at most what one second brings, so that after a quiet time no more than that goes
 * out at once; of a rate below one a second it holds one, or nothing would ever go.
 *
 * @param before null: it was never used and is full
 * @param perSecond the rate
 */
export function refill(before: Bucket | null, perSecond: number, now: number): Bucket {
  const most = Math.max(1, perSecond);
  if (before === null) return { tokens: most, at: now };
  const elapsedMs = Math.max(0, now - before.at);
  return {
    tokens: Math.min(most, before.tokens + (elapsedMs * perSecond) / 1000),
    at: Math.max(now, before.at),
  };
}
