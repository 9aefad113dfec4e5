import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource, EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { upsertAdd } from '../../database/upsert-add.js';
import { tableOf } from '../../database/dialect.js';
import { WriteBehind } from '../../database/write-behind.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { InjectDatabase, InjectSchedule } from '../../host/tokens.js';
import { isSuccess } from '../model/attempt.js';
import { CommitMarkers, markCommit } from '../model/commit-marker.js';
import {
  type CreatedDelivery,
  DeliveryHooks,
  type DeliveryListener,
  type DeliveryRef,
  type RecordedAttempt,
} from '../model/delivery-hooks.js';
import { addCounts, type Counts, createCounts } from './counts.js';
import { findBucket } from './latency-buckets.js';
import { inReadCommitted } from '../../database/transactions.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { DeliveryWorker } from '../worker/delivery-worker.js';
import {
  BUCKET_COLUMNS,
  COUNTERS,
  LAST_ATTEMPT,
  ROLLUP_KEYS,
  WebhookHourEntity,
  WebhookMinuteEntity,
} from './rollup.entity.js';
import { type RollupCount, toRollupRows } from './rollup-rows.js';

const FLUSH = 'posthorn.rollups';
/** What a process that is killed has not written yet, milliseconds. */
const FLUSH_EVERY_MS = 2_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const COLUMNS = { keys: ROLLUP_KEYS, sums: [...COUNTERS, ...BUCKET_COLUMNS], largest: [LAST_ATTEMPT] };

/**
 * Counts events, deliveries and attempts by minute and webhook in a write-behind buffer, and adds them to the rollups
 * every other second and at the end. Charts read the rollups, so that they cost the same however long the history is. A
 * process that is killed loses the counts of its last two seconds, and nothing of the history.
 */
@Injectable()
export class RollupWriter implements DeliveryListener, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Rollups');
  private readonly buffer: WriteBehind<RollupCount>;

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    ids: TimeOrderedIds,
    hooks: DeliveryHooks,
    private readonly worker: DeliveryWorker,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
  ) {
    this.buffer = new WriteBehind<RollupCount>({
      merge: (older, newer) => {
        addCounts(older.counts, newer.counts);
        return older;
      },
      write: (minutes, batch) => this.write([...minutes.values()], batch),
      commits: new CommitMarkers(dataSource, ids, clock),
    });
    hooks.watch(this);
  }

  onApplicationBootstrap(): void {
    runEvery(this.schedule, FLUSH, FLUSH_EVERY_MS, () => void this.flush());
  }

  /** The worker is stopped first, so that its last outcomes are counted too. */
  async beforeApplicationShutdown(): Promise<void> {
    stopRunning(this.schedule, FLUSH);
    await this.worker.stop();
    await this.flush();
  }

  fannedOut(events: readonly { tenant: string | null }[], deliveries: readonly CreatedDelivery[]): void {
    const minute = this.minute();
    for (const { tenant } of events) this.countsOf(minute, '', tenant).events += 1;
    for (const { webhook } of deliveries) this.countsOf(minute, webhook.id, webhook.tenant).deliveries += 1;
  }

  attempted(recorded: readonly RecordedAttempt[]): void {
    const minute = this.minute();
    for (const { outcome, ended } of recorded) {
      const { claim, attempt } = outcome;
      const counts = this.countsOf(minute, claim.webhook.id, claim.webhook.tenant);
      counts.attempts += 1;
      if (!isSuccess(attempt)) counts.attemptFailures += 1;
      const bucket = findBucket(attempt.durationMs);
      counts.took[bucket] = (counts.took[bucket] ?? 0) + 1;
      counts.lastAttemptAt = Math.max(counts.lastAttemptAt, attempt.startedAt + attempt.durationMs);
      if (ended !== null) counts[ended] += 1;
    }
  }

  ended(deliveries: readonly DeliveryRef[]): void {
    const minute = this.minute();
    for (const { webhookId, tenant } of deliveries) this.countsOf(minute, webhookId, tenant).failed += 1;
  }

  /** Adds the counts to the rollups. A failure is logged; the counts are kept for the next flush. */
  async flush(): Promise<void> {
    try {
      await this.buffer.flush();
    } catch (error) {
      this.logger.warn(
        `Rollups cannot be written now: ${(error as Error).message} The counts are kept for the next try.`,
      );
    }
  }

  private minute(): number {
    const now = this.clock.now();
    return now - (now % MINUTE_MS);
  }

  private countsOf(at: number, webhookId: string, tenant: string | null): Counts {
    return this.buffer.at(`${at} ${webhookId} ${tenant ?? ''}`, () => ({
      webhookId,
      tenant: tenant ?? '',
      at,
      counts: createCounts(),
    })).counts;
  }

  private async write(minutes: RollupCount[], batch: string): Promise<void> {
    await inReadCommitted(this.dataSource, async (manager) => {
      await markCommit(manager, batch, this.clock.now());
      await write(manager, WebhookMinuteEntity, toRollupRows(minutes, MINUTE_MS));
      await write(manager, WebhookHourEntity, toRollupRows(minutes, HOUR_MS));
    });
  }
}

async function write(
  manager: EntityManager,
  entity: EntityTarget<ObjectLiteral>,
  rows: RollupCount[],
): Promise<void> {
  await upsertAdd(
    manager,
    tableOf(manager, entity),
    COLUMNS,
    rows.map(({ webhookId, tenant, at, counts }) => [
      webhookId,
      tenant,
      at,
      counts.events,
      counts.deliveries,
      counts.succeeded,
      counts.failed,
      counts.attempts,
      counts.attemptFailures,
      ...counts.took,
      counts.lastAttemptAt,
    ]),
  );
}
