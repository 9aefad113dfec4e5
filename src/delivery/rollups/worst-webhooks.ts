import { type Counts, computeSuccessShare } from './counts.js';
import { computePercentile } from './latency-buckets.js';

/** How many webhooks the list has by failures, and how many by latency. */
const MAX_OF_EACH = 10;

/** The attempts of one webhook in a span of time. */
export interface RankedWebhook {
  id: string;
  name: string;
  attempts: number;
  /** Succeeded attempts among all, 0 to 1; null: there was no attempt. */
  successShare: number | null;
  /** The 95th percentile of the attempts' durations, milliseconds; null: there was no attempt. */
  p95Ms: number | null;
}

/** Ranks webhooks: those with the highest share of failed attempts first, then the slowest of the others. */
export function rankWorstWebhooks(
  webhooks: readonly { id: string; name: string }[],
  countsOf: ReadonlyMap<string, Counts>,
): RankedWebhook[] {
  const ranked = webhooks.flatMap(({ id, name }): RankedWebhook[] => {
    const counts = countsOf.get(id);
    if (!counts || counts.attempts === 0) return [];
    const p95Ms = computePercentile(counts.took, 0.95);
    return [{ id, name, attempts: counts.attempts, successShare: computeSuccessShare(counts), p95Ms }];
  });
  const worst = ranked
    .filter((one) => one.successShare !== null && one.successShare < 1)
    .toSorted((a, b) => (a.successShare ?? 1) - (b.successShare ?? 1))
    .slice(0, MAX_OF_EACH);
  const slowest = ranked
    .filter((one) => !worst.includes(one))
    .toSorted((a, b) => (b.p95Ms ?? 0) - (a.p95Ms ?? 0))
    .slice(0, MAX_OF_EACH);
  return [...worst, ...slowest];
}
