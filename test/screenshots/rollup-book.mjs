// Counts what a laid history would have been counted as, with the program's own arithmetic.
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const rollups = (file) => import(new URL(`../../dist/delivery/rollups/${file}`, import.meta.url));

export class RollupBook {
  static async open() {
    return new RollupBook(
      await rollups('rollup-rows.js'),
      await rollups('counts.js'),
      await rollups('latency-buckets.js'),
      await rollups('rollup.entity.js'),
    );
  }

  constructor(
    { toRollupRows },
    { createCounts },
    { findBucket },
    { BUCKET_COLUMNS, COUNTERS, ROLLUP_KEYS, LAST_ATTEMPT },
  ) {
    this.toRollupRows = toRollupRows;
    this.createCounts = createCounts;
    this.findBucket = findBucket;
    this.keys = ROLLUP_KEYS;
    this.sums = [...COUNTERS, ...BUCKET_COLUMNS];
    this.largest = LAST_ATTEMPT;
    this.notes = [];
  }

  event(at) {
    this.countsAt('', at).events = 1;
  }

  delivery(webhookId, madeAt, { attempts, state }) {
    this.countsAt(webhookId, madeAt).deliveries = 1;
    for (const [index, { at, durationMs, status }] of attempts.entries()) {
      const counts = this.countsAt(webhookId, at + durationMs);
      counts.attempts = 1;
      counts.attemptFailures = status === 200 ? 0 : 1;
      counts.took[this.findBucket(durationMs)] = 1;
      counts.lastAttemptAt = at + durationMs;
      if (index === attempts.length - 1 && state !== 'pending') counts[state] = 1;
    }
  }

  countsAt(webhookId, time) {
    const counts = this.createCounts();
    this.notes.push({ webhookId, tenant: '', at: time - (time % MINUTE_MS), counts });
    return counts;
  }

  /** Writes everything; the program has counted nothing itself yet. */
  write(database) {
    const columns = [...this.keys, ...this.sums, this.largest];
    for (const [table, spanMs] of [
      ['webhook_minutes', MINUTE_MS],
      ['webhook_hours', HOUR_MS],
    ]) {
      const add = database.prepare(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      );
      for (const { webhookId, tenant, at, counts } of this.toRollupRows(this.notes, spanMs)) {
        const { events, deliveries, succeeded, failed, attempts, attemptFailures, took, lastAttemptAt } =
          counts;
        const sums = [events, deliveries, succeeded, failed, attempts, attemptFailures, ...took];
        add.run(webhookId, tenant, at, ...sums, lastAttemptAt);
      }
    }
  }
}
