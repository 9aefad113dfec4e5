import { setTimeout as wait } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { isUnavailable } from '../../database/database-errors.js';
import { dialectOf, skipLocked, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { DeliveryWorker } from '../worker/delivery-worker.js';
import type { RecoveryStep, Progress } from './recovery-step.js';
import { RecoverBatch } from './recover-batch.js';
import { RecoveryEntity, type RecoveryKind } from '../model/recovery.entity.js';
import { RedeliverBatch } from './redeliver-batch.js';
import { InjectDatabase, InjectSchedule } from '../../host/tokens.js';

const LOOK = 'posthorn.recovery.look';
/** How often recoveries are looked for that another instance took on and did not finish, milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** How many recoveries take turns. */
const TURNS = 20;

/** While a recovery has to wait it is looked at again after this long, then after twice as long, and so on. */
const FIRST_REST_MS = 10;
const LONGEST_REST_MS = 1_000;

/** A recovery whose batch failed is left alone for so long. */
const AFTER_FAULT_MS = 30_000;

type Step = 'made' | 'waiting' | 'nothing';

/**
 * Goes on with recoveries in the background, batch by batch and each in its turn, on whichever instance is alive.
 *
 * A batch is one transaction that holds the recovery's row: its deliveries and the place where the next one begins are
 * written together or not at all, and no other instance makes the same batch meanwhile. There is no lease that could
 * run out: a killed instance's transaction is undone with its lock, and the next look goes on from the last place.
 */
@Injectable()
export class RecoveryRunner implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly logger = new Logger('Recovery');
  private readonly batches: Record<RecoveryKind, RecoveryStep>;
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;
  private hinted = false;

  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    redeliver: RedeliverBatch,
    recover: RecoverBatch,
    private readonly worker: DeliveryWorker,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
    private readonly clock: Clock,
  ) {
    this.batches = { redeliver, recover };
  }

  onApplicationBootstrap(): void {
    if (!this.options.worker) return;
    runEvery(this.schedule, LOOK, LOOK_EVERY_MS, () => this.notify());
    this.notify();
  }

  onModuleDestroy(): void {
    stopRunning(this.schedule, LOOK);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** There may be a recovery to go on with. Where this instance does no work another one finds it. */
  notify(): void {
    this.hinted = true;
    if (this.options.worker && !this.stopping.signal.aborted) this.running ??= this.run();
  }

  /** Makes one batch of one recovery; false when there is none, or all that there are have to wait. */
  async runOnce(): Promise<boolean> {
    return (await this.step()) === 'made';
  }

  private async run(): Promise<void> {
    let restMs = FIRST_REST_MS;
    try {
      while (!this.stopping.signal.aborted) {
        this.hinted = false;
        const step = await this.step();
        if (step === 'nothing' && !this.hinted) return;
        restMs = step === 'waiting' ? Math.min(restMs * 2, LONGEST_REST_MS) : FIRST_REST_MS;
        if (step === 'waiting') await this.rest(restMs);
      }
    } catch (error) {
      const { message, stack } = error as Error;
      if (isUnavailable(error)) this.logger.warn(`Recoveries go on when the database is back (${message}).`);
      else this.logger.error(`Looking for recoveries failed: ${message}`, stack);
    } finally {
      this.running = null;
    }
  }

  private async step(): Promise<Step> {
    const due = await this.due();
    if (due.length === 0) return 'nothing';
    for (const { id, kind } of due) {
      const room = await this.batches[kind].room();
      if (room > 0 && (await this.batchOf(id, room))) return 'made';
    }
    return 'waiting';
  }

  private async due(): Promise<{ id: string; kind: RecoveryKind }[]> {
    return this.dataSource.query(
      `SELECT id, kind FROM ${tableOf(this.dataSource, RecoveryEntity)}
       WHERE due_at <= ? ORDER BY due_at LIMIT ${TURNS}`,
      [this.clock.now()],
    );
  }

  /** @returns false when another instance is at it */
  private async batchOf(id: string, room: number): Promise<boolean> {
    try {
      const made = await inReadCommitted(this.dataSource, async (manager) => {
        const [ours] = await manager.query<unknown[]>(
          `SELECT id FROM ${tableOf(manager, RecoveryEntity)} WHERE id = ? AND due_at <= ?${skipLocked(dialectOf(manager))}`,
          [id, this.clock.now()],
        );
        if (!ours) return false;
        const recovery = await manager.findOneByOrFail(RecoveryEntity, { id });
        const progress = await this.batches[recovery.kind].make(manager, recovery, room);
        await manager.update(RecoveryEntity, { id }, this.changes(recovery, progress));
        return true;
      });
      if (made) this.worker.notify();
      return made;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      await this.postpone(id, error);
      return true;
    }
  }

  private changes({ done }: RecoveryEntity, progress: Progress): Partial<RecoveryEntity> {
    const now = this.clock.now();
    const counted = { done: done + progress.done };
    return progress.next === null
      ? { ...counted, state: 'finished', dueAt: null, finishedAt: now }
      : { ...counted, ...progress.next, dueAt: now };
  }

  private async postpone(id: string, error: unknown): Promise<void> {
    const { message, stack } = error as Error;
    this.logger.error(
      `A batch of recovery ${id} failed: ${message} It is tried again in ${AFTER_FAULT_MS / 1000} s.`,
      stack,
    );
    await this.dataSource.manager.update(
      RecoveryEntity,
      { id, state: 'running' },
      { dueAt: this.clock.now() + AFTER_FAULT_MS },
    );
  }

  private async rest(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
