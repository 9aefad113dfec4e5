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
import { InjectDatabase, InjectSchedule } from '../../host/tokens.js';
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
import { type Note, RollupNotes, rowsOf } from './rollup-notes.js';

const FLUSH = 'posthorn.rollups';
/** What a process that is killed has not written yet, milliseconds. */
const FLUSH_EVERY_MS = 2_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const COLUMNS = { keys: ROLLUP_KEYS, sums: [...COUNTERS, ...BUCKET_COLUMNS], largest: [LAST_ATTEMPT] };

/**
 * Writes what happened into the rollups, every other second and at the end. Charts are drawn from these, so that they
 * cost the same however long the history is. A process that is killed loses the counts of its last two seconds, and
 * nothing of the history.
 */
@Injectable()
export class RollupWriter implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Rollups');
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly notes: RollupNotes,
    private readonly worker: DeliveryWorker,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
  ) {}

  onApplicationBootstrap(): void {
    runEvery(this.schedule, FLUSH, FLUSH_EVERY_MS, () => void this.flush());
  }

  /** The worker's last outcomes are counted too. */
  async beforeApplicationShutdown(): Promise<void> {
    stopRunning(this.schedule, FLUSH);
    await this.worker.stop();
    await this.flush();
  }

  /** Writes what was noted. While the database is away it is kept. */
  async flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.flushNow());
    await this.flushing;
  }

  private async flushNow(): Promise<void> {
    const notes = this.notes.take();
    if (notes.length === 0) return;
    try {
      await inReadCommitted(this.dataSource, async (manager) => {
        await write(manager, WebhookMinuteEntity, rowsOf(notes, MINUTE_MS));
        await write(manager, WebhookHourEntity, rowsOf(notes, HOUR_MS));
      });
    } catch (error) {
      this.notes.putBack(notes);
      this.logger.warn(`What happened cannot be counted now: ${(error as Error).message} It is kept.`);
    }
  }
}

async function write(
  manager: EntityManager,
  entity: EntityTarget<ObjectLiteral>,
  rows: Note[],
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
