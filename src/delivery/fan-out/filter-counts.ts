import { Injectable, Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { dialectOf, insertIgnore, placeholderRows, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { WriteBehind } from '../../database/write-behind.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { CommitMarkers, markCommit } from '../model/commit-marker.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import { FilterSuspensions } from '../../webhooks/registrations/filter-suspensions.js';
import { FilterEvaluator } from './filter-evaluator.js';
import type { FilterNote } from './plan-fan-out.js';
import { InjectDatabase } from '../../host/tokens.js';

/** What a webhook's filter did since it was written last. */
interface FilterCount {
  filtered: number;
  errors: number;
  lastFilteredAt: number | null;
}

/** A failing filter is logged at most this often for each webhook, milliseconds. */
const LOG_AGAIN_AFTER_MS = 60_000;

/**
 * Counts the events that filters left out, and the errors of filters. The counts are kept in a write-behind buffer and
 * added to the webhooks' health rows twice a second: an UPDATE in the fan-out's transaction would be contended.
 */
@Injectable()
export class FilterCounts {
  private readonly logger = new Logger('FanOut');
  private readonly buffer: WriteBehind<FilterCount>;
  private readonly loggedAt = new Map<string, number>();

  constructor(
    @InjectDatabase() dataSource: DataSource,
    private readonly clock: Clock,
    ids: TimeOrderedIds,
    private readonly filters: FilterEvaluator,
    private readonly suspensions: FilterSuspensions,
  ) {
    this.buffer = new WriteBehind<FilterCount>({
      merge: (older, newer) => ({
        filtered: older.filtered + newer.filtered,
        errors: older.errors + newer.errors,
        lastFilteredAt: newer.lastFilteredAt ?? older.lastFilteredAt,
      }),
      write: (counts, batch) =>
        inReadCommitted(dataSource, (manager) => write(manager, counts, batch, clock.now())),
      commits: new CommitMarkers(dataSource, ids, clock),
    });
  }

  /** Records what filters decided, after the fan-out that evaluated them is committed. */
  record(notes: readonly FilterNote[]): void {
    const now = this.clock.now();
    for (const { webhookId, result } of notes) {
      const count = this.buffer.at(webhookId, () => ({ filtered: 0, errors: 0, lastFilteredAt: null }));
      if (result.kind === 'no-match') {
        count.filtered += 1;
        count.lastFilteredAt = now;
      } else {
        count.errors += 1;
        this.logFailure(webhookId, now);
      }
    }
  }

  /** Writes the counts, and which filters are suspended. @throws while the database is away; they are kept */
  async flush(): Promise<void> {
    await this.buffer.flush();
    const suspended = this.filters.takeSuspensions();
    try {
      for (const { webhookId, savedAt } of suspended) await this.suspensions.suspend(webhookId, savedAt);
    } catch (error) {
      this.filters.restoreSuspensions(suspended);
      throw error;
    }
  }

  /** Without the filter's message, which may quote the event. */
  private logFailure(webhookId: string, now: number): void {
    if (now - (this.loggedAt.get(webhookId) ?? -Infinity) < LOG_AGAIN_AFTER_MS) return;
    this.loggedAt.set(webhookId, now);
    this.logger.warn(
      `The filter of webhook ${webhookId} failed over an event, which is delivered all the same. POST /admin/webhooks/filter/check says why.`,
    );
  }
}

const ROWS_PER_STATEMENT = 200;

async function write(
  manager: EntityManager,
  counts: ReadonlyMap<string, FilterCount>,
  batch: string,
  now: number,
): Promise<void> {
  await markCommit(manager, batch, now);
  const table = tableOf(manager, WebhookHealthEntity);
  // Sorted: every writer locks these rows in the same order.
  const rows = [...counts].sort(([left], [right]) => (left < right ? -1 : 1));
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    const some = rows.slice(from, from + ROWS_PER_STATEMENT);
    await manager.query(
      `${insertIgnore(dialectOf(manager))} ${table} (webhook_id, consecutive_failures)
       VALUES ${placeholderRows(some.length, 2)}`,
      some.flatMap(([webhookId]) => [webhookId, 0]),
    );
    for (const [webhookId, { filtered, errors, lastFilteredAt }] of some) {
      await manager.query(
        `UPDATE ${table} SET filtered_count = filtered_count + ?, filter_errors = filter_errors + ?,
         last_filtered_at = COALESCE(?, last_filtered_at) WHERE webhook_id = ?`,
        [filtered, errors, lastFilteredAt, webhookId],
      );
    }
  }
}
