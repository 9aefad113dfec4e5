import { type Counts, successShare } from './counts.js';
import { percentile } from './latency-buckets.js';

/** So many of the worst, and so many of the slowest. */
const MOST_OF_EACH = 10;

/** How a webhook did in the span that was asked for. */
export interface Ranked {
  id: string;
  name: string;
  attempts: number;
  /** 0 to 1; null: there was no attempt. */
  successShare: number | null;
  /** Milliseconds; null: there was no attempt. */
  p95Ms: number | null;
}

/** The webhooks whose attempts failed most often, worst first, then the slowest of the others. */
export function worstOf(
  webhooks: readonly { id: string; name: string }[],
  countsOf: ReadonlyMap<string, Counts>,
): Ranked[] {
  const ranked = webhooks.flatMap(({ id, name }): Ranked[] => {
    const counts = countsOf.get(id);
    if (!counts || counts.attempts === 0) return [];
    const p95Ms = percentile(counts.took, 0.95);
    return [{ id, name, attempts: counts.attempts, successShare: successShare(counts), p95Ms }];
  });
  const worst = ranked
    .filter((one) => one.successShare !== null && one.successShare < 1)
    .toSorted((a, b) => (a.successShare ?? 1) - (b.successShare ?? 1))
    .slice(0, MOST_OF_EACH);
  const slowest = ranked
    .filter((one) => !worst.includes(one))
    .toSorted((a, b) => (b.p95Ms ?? 0) - (a.p95Ms ?? 0))
    .slice(0, MOST_OF_EACH);
  return [...worst, ...slowest];
}
