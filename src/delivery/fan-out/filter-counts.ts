import { Injectable, Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { dialectOf, insertIgnore, placeholderRows, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import type { FilterNote } from './plan-fan-out.js';
import { InjectDatabase } from '../../host/tokens.js';

interface Count {
  filtered: number;
  errors: number;
  lastFilteredAt: number | null;
}

/** So often a webhook's failing filter is told of in the log. */
const TELL_AGAIN_AFTER_MS = 60_000;

/**
 * Counts what filters leave out. It is gathered in memory and written beside the webhooks' health, now and then: a
 * row in the fan-out's transaction would be fought over. A killed process loses the counts of half a second, and
 * nothing else; the events themselves stand.
 */
@Injectable()
export class FilterCounts {
  private readonly logger = new Logger('FanOut');
  private counts = new Map<string, Count>();
  private readonly toldAt = new Map<string, number>();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Notes what filters said, once the fan-out that asked them is committed. */
  note(notes: readonly FilterNote[]): void {
    const now = this.clock.now();
    for (const { webhookId, result } of notes) {
      const count = this.counts.get(webhookId) ?? { filtered: 0, errors: 0, lastFilteredAt: null };
      this.counts.set(webhookId, count);
      if (result.kind === 'no-match') {
        count.filtered += 1;
        count.lastFilteredAt = now;
      } else {
        count.errors += 1;
        this.tell(webhookId, result.message, now);
      }
    }
  }

  /** Writes what was noted. While the database is away it is kept. */
  async flush(): Promise<void> {
    if (this.counts.size === 0) return;
    const { counts } = this;
    this.counts = new Map();
    try {
      await inReadCommitted(this.dataSource, (manager) => write(manager, counts));
    } catch (error) {
      for (const [webhookId, count] of counts) this.add(webhookId, count);
      throw error;
    }
  }

  private add(webhookId: string, { filtered, errors, lastFilteredAt }: Count): void {
    const newer = this.counts.get(webhookId);
    this.counts.set(webhookId, {
      filtered: filtered + (newer?.filtered ?? 0),
      errors: errors + (newer?.errors ?? 0),
      lastFilteredAt: newer?.lastFilteredAt ?? lastFilteredAt,
    });
  }

  private tell(webhookId: string, message: string, now: number): void {
    if (now - (this.toldAt.get(webhookId) ?? -Infinity) < TELL_AGAIN_AFTER_MS) return;
    this.toldAt.set(webhookId, now);
    this.logger.warn(
      `The filter of webhook ${webhookId} failed over an event, which is delivered all the same: ${message}`,
    );
  }
}

const ROWS_PER_STATEMENT = 200;

async function write(manager: EntityManager, counts: ReadonlyMap<string, Count>): Promise<void> {
  const table = tableOf(manager, WebhookHealthEntity);
  // In the order in which everyone locks these rows.
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
