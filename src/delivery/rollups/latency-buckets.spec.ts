import fc from 'fast-check';
import { BOUNDS_MS, BUCKETS, findBucket, computePercentile } from './latency-buckets.js';

const countsOf = (durations: number[]) => {
  const counts = Array.from({ length: BUCKETS }, () => 0);
  for (const duration of durations) counts[findBucket(duration)]! += 1;
  return counts;
};

describe('A bucket', () => {
  it.each([
    [0, 0],
    [5, 0],
    [6, 1],
    [100, 4],
    [101, 5],
    [20_000, 11],
    [20_001, 12],
    [90_000, 12],
  ])('of %d ms is number %d', (durationMs, bucket) => {
    expect(findBucket(durationMs)).toBe(bucket);
  });
});

describe('A percentile', () => {
  it('of nothing is null', () => {
    expect(computePercentile(countsOf([]), 0.95)).toBeNull();
  });

  it.each<[string, number[], number, number]>([
    ['is read in its bucket', [7], 0.5, 8],
    ['half of many', [1, 1, 1, 1, 60, 60], 0.5, 4],
    ['is not moved by one that is slow', [...Array.from({ length: 99 }, () => 3), 9_000], 0.95, 5],
    ['shows many that are slow', [3, 3, 3, 9_000, 9_000], 0.95, 9_375],
    ['beyond all bounds ends at the longest that a request may take', [25_000], 1, 30_000],
  ])('%s', (_, durations, share, expected) => {
    expect(computePercentile(countsOf(durations), share)).toBe(expected);
  });

  it('lies in the bucket of the true one', () => {
    const durations = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(durations, fc.double({ min: 0.01, max: 1, noNaN: true }), (list, share) => {
        const sorted = list.toSorted((a, b) => a - b);
        const truth = sorted[Math.ceil(sorted.length * share - 1e-9) - 1] ?? 0;
        const told = computePercentile(countsOf(list), share) ?? Number.NaN;
        const bucket = findBucket(truth);
        expect(told).toBeGreaterThanOrEqual(BOUNDS_MS[bucket - 1] ?? 0);
        expect(told).toBeLessThanOrEqual(BOUNDS_MS[bucket] ?? 30_000);
      }),
    );
  });
});
