import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { WriteBehind } from '../../database/write-behind.js';
import { Clock } from '../../host/clock.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { firstIdAt, TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { InjectDatabase, InjectSchedule } from '../../host/tokens.js';
import { type Changed, WebhookChangeEntity } from '../model/change.entity.js';
import {
  type CreatedDelivery,
  DeliveryHooks,
  type DeliveryListener,
  type DeliveryRef,
  type RecordedAttempt,
} from '../model/delivery-hooks.js';

const FLUSH = 'posthorn.changes';
const FLUSH_EVERY_MS = 500;
/** How long a row is kept: readers poll more often than that. */
const KEPT_MS = 60_000;
const REMOVE_EVERY_MS = 30_000;
/** A row names this many deliveries by their ids and only counts the others. */
const MOST_IDS = 100;

/** The changes of one flush: bounded, however many there are. */
interface PendingChanges {
  /** The first deliveries, with their tenants. */
  ids: Map<string, string | null>;
  /** How many more deliveries changed, by tenant; the empty tenant is none. */
  more: Map<string, number>;
}

/** The buffer has one entry: the next row. */
const NEXT_ROW = 'next';

/**
 * Publishes what this instance changed to the pages that are open at any instance: one short row for every half second
 * in which a delivery was made or changed. A row that cannot be written is kept for the next one, within its bound.
 */
@Injectable()
export class ChangeLog implements DeliveryListener, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Changes');
  private readonly buffer: WriteBehind<PendingChanges>;
  private removeAt = 0;

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    hooks: DeliveryHooks,
    private readonly ids: TimeOrderedIds,
    private readonly clock: Clock,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
  ) {
    this.buffer = new WriteBehind<PendingChanges>({
      merge: mergeChanges,
      write: (rows) => this.write(rows),
    });
    hooks.watch(this);
  }

  onApplicationBootstrap(): void {
    runEvery(this.schedule, FLUSH, FLUSH_EVERY_MS, () => void this.flush());
  }

  async beforeApplicationShutdown(): Promise<void> {
    stopRunning(this.schedule, FLUSH);
    await this.flush();
  }

  fannedOut(_events: unknown, deliveries: readonly CreatedDelivery[]): void {
    const changes = this.pending();
    for (const { id, webhook } of deliveries) addChange(changes, id, webhook.tenant);
  }

  attempted(recorded: readonly RecordedAttempt[]): void {
    const changes = this.pending();
    for (const { outcome } of recorded) {
      addChange(changes, outcome.claim.deliveryId, outcome.claim.webhook.tenant);
    }
  }

  ended(deliveries: readonly DeliveryRef[]): void {
    this.changed(deliveries);
  }

  changed(deliveries: readonly DeliveryRef[]): void {
    const changes = this.pending();
    for (const { id, tenant } of deliveries) addChange(changes, id, tenant);
  }

  /** Writes the changes since the last flush. A failure is logged: a page that is open sees them later. */
  async flush(): Promise<void> {
    try {
      const written = await this.buffer.flush();
      if (written.size > 0) await this.removeOld();
    } catch (error) {
      this.logger.debug(`Changes cannot be published to open pages now: ${(error as Error).message}`);
    }
  }

  private pending(): PendingChanges {
    return this.buffer.at(NEXT_ROW, () => ({ ids: new Map(), more: new Map() }));
  }

  private async write(rows: ReadonlyMap<string, PendingChanges>): Promise<void> {
    const changes = rows.get(NEXT_ROW);
    if (!changes || changes.ids.size === 0) return;
    const changed: Changed = { ids: [...changes.ids.keys()], more: Object.fromEntries(changes.more) };
    await inReadCommitted(this.dataSource, (manager) =>
      manager.query(
        `INSERT INTO ${tableOf(manager, WebhookChangeEntity)} (id, at, changed) VALUES (?, ?, ?)`,
        [this.ids.next(), this.clock.now(), JSON.stringify(changed)],
      ),
    );
  }

  private async removeOld(): Promise<void> {
    const now = this.clock.now();
    // A clock that was set back does not put it off.
    if (now < this.removeAt && this.removeAt - now <= REMOVE_EVERY_MS) return;
    this.removeAt = now + REMOVE_EVERY_MS;
    await inReadCommitted(this.dataSource, async (manager) => {
      const table = tableOf(manager, WebhookChangeEntity);
      await manager.query(`DELETE FROM ${table} WHERE at < ?`, [now - KEPT_MS]);
      // Of an instance that still runs the version before.
      await manager.query(`DELETE FROM ${table} WHERE at IS NULL AND id < ?`, [firstIdAt(now - KEPT_MS)]);
    });
  }
}

function addChange({ ids, more }: PendingChanges, id: string, tenant: string | null): void {
  if (ids.size < MOST_IDS) ids.set(id, tenant);
  else if (!ids.has(id)) more.set(tenant ?? '', (more.get(tenant ?? '') ?? 0) + 1);
}

/** Ids beyond the bound are only counted. */
function mergeChanges(older: PendingChanges, newer: PendingChanges): PendingChanges {
  for (const [id, tenant] of newer.ids) addChange(older, id, tenant);
  for (const [tenant, count] of newer.more) older.more.set(tenant, (older.more.get(tenant) ?? 0) + count);
  return older;
}
