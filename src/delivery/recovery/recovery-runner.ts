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
import { isUnavailable, LostRaceError } from '../../database/database-errors.js';
import { skipLocked, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { DeliveryWorker } from '../worker/delivery-worker.js';
import type { RecoveryStep, StepProgress } from './recovery-step.js';
import { RecoverStep } from './recover-step.js';
import { RecoveryEntity, type RecoveryKind } from '../model/recovery.entity.js';
import { RedeliverStep } from './redeliver-step.js';
import { InjectDatabase, InjectSchedule } from '../../host/tokens.js';

const POLL_JOB = 'posthorn.recovery.look';
/** How often the runner polls for recoveries that another instance started and did not finish, milliseconds. */
const POLL_EVERY_MS = 5_000;

/** How many recoveries run interleaved, one step each in turn. */
const MAX_INTERLEAVED = 20;

/** The backoff while no recovery has capacity: doubled each time, up to the maximum. Milliseconds. */
const FIRST_BACKOFF_MS = 10;
const MAX_BACKOFF_MS = 1_000;

/** When a step failed, its recovery is retried after this time, milliseconds. */
const RETRY_AFTER_ERROR_MS = 30_000;

/** `waiting`: recoveries are due, but none has capacity or all are locked by other instances; `idle`: none is due. */
type StepResult = 'ran' | 'waiting' | 'idle';

/**
 * Runs recoveries in the background, step by step and interleaved, on any instance.
 *
 * A step is one transaction that locks the recovery's row, so that no other instance begins the same step. It writes the
 * deliveries and the cursor of the next step atomically, the cursor only where it still is the one that was read: of two
 * instances that run the same step all the same, one rolls back. It needs no lease: when an instance is killed, the
 * database rolls its transaction back and releases the lock, and the next poll continues from the last cursor.
 */
@Injectable()
export class RecoveryRunner implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly logger = new Logger('Recovery');
  private readonly steps: Record<RecoveryKind, RecoveryStep>;
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;
  private isHinted = false;

  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    redeliver: RedeliverStep,
    recover: RecoverStep,
    private readonly worker: DeliveryWorker,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
    private readonly clock: Clock,
  ) {
    this.steps = { redeliver, recover };
  }

  onApplicationBootstrap(): void {
    if (!this.options.worker) return;
    runEvery(this.schedule, POLL_JOB, POLL_EVERY_MS, () => this.notify());
    this.notify();
  }

  onModuleDestroy(): void {
    stopRunning(this.schedule, POLL_JOB);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /**
   * Wakes the runner: there may be a due recovery. Without `worker` this does nothing, and another instance polls it.
   */
  notify(): void {
    this.isHinted = true;
    if (this.options.worker && !this.stopping.signal.aborted) this.running ??= this.run();
  }

  /** Runs one step of one recovery; false when none is due, or none has capacity. */
  async runOnce(): Promise<boolean> {
    return (await this.runDueStep()) === 'ran';
  }

  private async run(): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    try {
      while (!this.stopping.signal.aborted) {
        this.isHinted = false;
        const result = await this.runDueStep();
        if (result === 'idle' && !this.isHinted) return;
        backoffMs = result === 'waiting' ? Math.min(backoffMs * 2, MAX_BACKOFF_MS) : FIRST_BACKOFF_MS;
        if (result === 'waiting') await this.pause(backoffMs);
      }
    } catch (error) {
      const { message, stack } = error as Error;
      if (isUnavailable(error))
        this.logger.warn(`The database is unavailable, recoveries continue when it is back: ${message}`);
      else this.logger.error(`Polling for recoveries failed; the next poll retries: ${message}`, stack);
    } finally {
      this.running = null;
    }
  }

  private async runDueStep(): Promise<StepResult> {
    const due = await this.findDue();
    if (due.length === 0) return 'idle';
    for (const { id, kind } of due) {
      const capacity = await this.steps[kind].capacity();
      if (capacity > 0 && (await this.tryStep(id, capacity))) return 'ran';
    }
    return 'waiting';
  }

  private async findDue(): Promise<{ id: string; kind: RecoveryKind }[]> {
    return this.dataSource.query(
      `SELECT id, kind FROM ${tableOf(this.dataSource, RecoveryEntity)}
       WHERE due_at <= ? ORDER BY due_at LIMIT ${MAX_INTERLEAVED}`,
      [this.clock.now()],
    );
  }

  /** @returns false when another instance holds the lock of the recovery */
  private async tryStep(id: string, capacity: number): Promise<boolean> {
    try {
      const ran = await inReadCommitted(this.dataSource, async (manager) => {
        const [locked] = await manager.query<unknown[]>(
          `SELECT id FROM ${tableOf(manager, RecoveryEntity)} WHERE id = ? AND due_at <= ?${skipLocked(manager)}`,
          [id, this.clock.now()],
        );
        if (!locked) return false;
        const recovery = await manager.findOneByOrFail(RecoveryEntity, { id });
        const progress = await this.steps[recovery.kind].run(manager, recovery, capacity);
        const { phase, cursor, done } = recovery;
        const asRead = { id, state: 'running' as const, phase, cursor, done };
        const { affected } = await manager.update(RecoveryEntity, asRead, this.toChanges(recovery, progress));
        if (affected !== 1) throw new LostRaceError('recovery');
        return true;
      });
      if (ran) this.worker.notify();
      return ran;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      await this.postpone(id, error);
      return true;
    }
  }

  private toChanges({ done }: RecoveryEntity, progress: StepProgress): Partial<RecoveryEntity> {
    const now = this.clock.now();
    const counted = { done: done + progress.done };
    return progress.next === null
      ? { ...counted, state: 'finished', dueAt: null, finishedAt: now }
      : { ...counted, ...progress.next, dueAt: now };
  }

  private async postpone(id: string, error: unknown): Promise<void> {
    const { message, stack } = error as Error;
    this.logger.error(
      `A step of recovery ${id} failed and is retried in ${RETRY_AFTER_ERROR_MS / 1000} s: ${message}`,
      stack,
    );
    await this.dataSource.manager.update(
      RecoveryEntity,
      { id, state: 'running' },
      { dueAt: this.clock.now() + RETRY_AFTER_ERROR_MS },
    );
  }

  private async pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
