/** The buckets' upper bounds, milliseconds, each included; what is longer has a bucket of its own at the end. */
export const BOUNDS_MS: readonly number[] = [
  5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000,
];

/** How many buckets there are. */
export const BUCKETS = BOUNDS_MS.length + 1;

/** No request takes longer: what the last bucket ends at, milliseconds. */
const LONGEST_MS = 30_000;

/** Which bucket a duration belongs into. */
export function bucketOf(durationMs: number): number {
  let bucket = 0;
  while (bucket < BOUNDS_MS.length && durationMs > (BOUNDS_MS[bucket] ?? 0)) bucket += 1;
  return bucket;
}

/**
 * What a share of durations did not exceed, read from how many fell into each bucket: exact to the bucket, and within it
 * as if they were spread evenly.
 *
 * @param counts by bucket
 * @param share 0.95 for p95
 * @returns whole milliseconds; null where nothing was counted
 */
export function percentile(counts: readonly number[], share: number): number | null {
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
