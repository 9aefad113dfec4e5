import { addCounts, type Counts, createCounts } from './counts.js';

/** The counts of one minute of one webhook; without a webhook: of a tenant's events. */
export interface RollupCount {
  webhookId: string;
  tenant: string;
  /** When the minute begins, epoch milliseconds. */
  at: number;
  counts: Counts;
}

/**
 * Makes the rows of rollup tables: of each webhook, of each tenant's webhooks together, and of all together, in the
 * order of their keys.
 *
 * @param spanMs the span of a row: a minute or an hour, milliseconds
 */
export function toRollupRows(minutes: Iterable<RollupCount>, spanMs: number): RollupCount[] {
  const rows = new Map<string, RollupCount>();
  const add = (webhookId: string, tenant: string, at: number, counts: Counts) => {
    const key = `${webhookId}\n${tenant}\n${String(at).padStart(16, '0')}`;
    const row = rows.get(key) ?? { webhookId, tenant, at, counts: createCounts() };
    rows.set(key, row);
    addCounts(row.counts, counts);
  };
  for (const { webhookId, tenant, at, counts } of minutes) {
    const begin = at - (at % spanMs);
    if (webhookId !== '') add(webhookId, tenant, begin, counts);
    if (tenant !== '') add('', tenant, begin, counts);
    add('', '', begin, counts);
  }
  return [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
