/** The upper bounds of the histogram's buckets, milliseconds, inclusive. One more bucket holds longer durations. */
export const BOUNDS_MS: readonly number[] = [
  5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000,
];

/** The number of buckets. */
export const BUCKETS = BOUNDS_MS.length + 1;

/** The end of the last bucket, milliseconds: no request takes longer. */
const LONGEST_MS = 30_000;

/** Finds the index of the bucket of a duration. */
export function findBucket(durationMs: number): number {
  let bucket = 0;
  while (bucket < BOUNDS_MS.length && durationMs > (BOUNDS_MS[bucket] ?? 0)) bucket += 1;
  return bucket;
}

/**
 * Estimates a percentile from a histogram, by linear interpolation inside the bucket that holds it.
 *
 * @param counts durations per bucket
 * @param share 0.95 for p95
 * @returns whole milliseconds; null when all counts are zero
 */
export function computePercentile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = total * share;
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && below + count >= wanted) {
      const from = BOUNDS_MS[bucket - 1] ?? 0;
      const to = BOUNDS_MS[bucket] ?? LONGEST_MS;
      return Math.round(from + (to - from) * Math.max(0, (wanted - below) / count));
    }
    below += count;
  }
  return LONGEST_MS;
}
