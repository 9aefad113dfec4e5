import type { DataSource, EntityManager } from 'typeorm';
import { writeWhere } from '../../database/conditional-write.js';
import { dialectOf, insertIgnore, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { timeOf, type TimeOrderedIds } from '../../host/time-ordered-ids.js';
import type { Clock } from '../../host/clock.js';
import type { WriteBehindOptions } from '../../database/write-behind.js';
import { type Changed, WebhookChangeEntity } from './change.entity.js';

/** Markers are removed a minute after they were made; later than this nothing is read from their absence. */
const READABLE_MS = 45_000;

const NOTHING_CHANGED: Changed = { ids: [], more: {} };

/**
 * Leaves the id of a batch in the database, in the transaction that writes the batch: a row of `webhook_changes` that
 * tells of no change and is removed with the others. On SQLite a COMMIT is always answered, and nothing is written.
 *
 * @param now epoch milliseconds
 */
export async function markCommit(manager: EntityManager, batch: string, now: number): Promise<void> {
  if (dialectOf(manager) === 'sqlite') return;
  await manager.query(
    `INSERT INTO ${tableOf(manager, WebhookChangeEntity)} (id, at, changed) VALUES (?, ?, ?)`,
    [batch, now, JSON.stringify(NOTHING_CHANGED)],
  );
}

/** Tells a {@link WriteBehind} buffer whether a batch that {@link markCommit} marked was committed. */
export class CommitMarkers implements NonNullable<WriteBehindOptions<unknown>['commits']> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ids: TimeOrderedIds,
    private readonly clock: Clock,
  ) {}

  nextBatch(): string {
    return this.ids.next();
  }

  /**
   * It makes the marker itself where it is missing: its key waits for a transaction that is still being committed, and
   * keeps one from being committed later. When the database was away for so long that the marker may have been removed,
   * the batch counts as written: it must not count twice.
   */
  async isWritten(batch: string): Promise<boolean> {
    if (this.clock.now() - timeOf(batch) > READABLE_MS) return true;
    const made = await inReadCommitted(this.dataSource, (manager) =>
      writeWhere(
        manager,
        `${insertIgnore(dialectOf(manager))} ${tableOf(manager, WebhookChangeEntity)} (id, at, changed)
         VALUES (?, ?, ?)`,
        [batch, this.clock.now(), JSON.stringify(NOTHING_CHANGED)],
      ),
    );
    return made === 0;
  }
}
