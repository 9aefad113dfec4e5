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
import { type DataSource, LessThanOrEqual } from 'typeorm';
import { isUnavailable, LostRaceError } from '../../database/database-errors.js';
import { inReadCommitted } from '../../database/transactions.js';
import { truncateLog, withOverwriting } from '../../database/with-secure-delete.js';
import { Clock } from '../../host/clock.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { InjectDatabase, InjectSchedule } from '../../host/tokens.js';
import { DeliveryHooks, type DeliveryRef } from '../model/delivery-hooks.js';
import { ErasureEntity } from '../model/erasure.entity.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { ARCHIVE_STEP_MS } from './archived-objects.js';
import { ErasureSteps } from './erasure-steps.js';

const POLL_JOB = 'posthorn.erasure.look';
/** How often the runner polls for erasures that another instance began, milliseconds. */
const POLL_EVERY_MS = 5_000;

/** For how long a step claims its erasure, milliseconds: after a kill another instance goes on then. */
const CLAIM_MS = 30_000;

/** When a step failed, it is made again after this time, milliseconds. */
const RETRY_AFTER_ERROR_MS = 30_000;

/** The longest pause between two steps, milliseconds. */
const MAX_PAUSE_MS = 500;

/**
 * Runs erasures in the background, step by step, on any instance. An instance claims an erasure for one step by moving the
 * time at which it is due, under the condition that it is as it was read; the step's transaction writes the cursor only
 * while that claim stands. Two instances therefore never make the same step twice, and a killed one loses nothing but the
 * step that it was in.
 */
@Injectable()
export class ErasureRunner implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly logger = new Logger('Erasure');
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;

  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly steps: ErasureSteps,
    private readonly hooks: DeliveryHooks,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
    private readonly clock: Clock,
  ) {}

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

  /** Wakes the runner: there may be a due erasure. Without `worker` this does nothing, and another instance polls it. */
  notify(): void {
    if (this.options.worker && !this.stopping.signal.aborted) this.running ??= this.run();
  }

  /** Makes one step of the erasure that is due first; false when none is due. */
  async runOnce(): Promise<boolean> {
    const due = await this.claimDue();
    if (!due) return false;
    try {
      await this.step(due);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      await this.postpone(due, error);
    }
    return true;
  }

  private async run(): Promise<void> {
    try {
      while (!this.stopping.signal.aborted) {
        const began = performance.now();
        if (!(await this.runOnce())) return;
        await this.pause(performance.now() - began);
      }
    } catch (error) {
      const { message, stack } = error as Error;
      if (isUnavailable(error))
        this.logger.warn(`The database is unavailable, erasures continue when it is back: ${message}`);
      else this.logger.error(`Polling for erasures failed; the next poll retries: ${message}`, stack);
    } finally {
      this.running = null;
    }
  }

  /** Claims the erasure that is due first, for one step. @returns it with the end of the claim; null: none is due */
  private async claimDue(): Promise<ErasureEntity | null> {
    const { manager } = this.dataSource;
    const now = this.clock.now();
    const due = await manager.find(ErasureEntity, {
      where: { dueAt: LessThanOrEqual(now) },
      order: { dueAt: 'ASC' },
      take: 10,
    });
    for (const erasure of due) {
      const { id, dueAt, phase } = erasure;
      const until = now + (phase === 'archive' ? ARCHIVE_STEP_MS : CLAIM_MS);
      // Of two instances that have read the same time one writes it.
      const { affected } = await manager.update(ErasureEntity, { id, dueAt: dueAt ?? 0 }, { dueAt: until });
      if (affected === 1) return { ...erasure, dueAt: until };
    }
    return null;
  }

  private async step(claimed: ErasureEntity): Promise<void> {
    if (claimed.phase === 'archive') {
      await this.dataSource.manager.update(
        ErasureEntity,
        asClaimed(claimed),
        await this.steps.runInArchive(claimed),
      );
      return;
    }
    const ended = await withOverwriting(this.dataSource, () => this.stepInDatabase(claimed));
    this.hooks.ended(ended);
  }

  private async stepInDatabase(claimed: ErasureEntity): Promise<DeliveryRef[]> {
    const { ended, changes } = await inReadCommitted(this.dataSource, async (manager) => {
      const erasure = await manager.findOneBy(ErasureEntity, asClaimed(claimed));
      // The step took longer than its claim, and another instance makes it.
      if (!erasure) return { ended: [], changes: {} };
      const result = await this.steps.run(manager, erasure);
      const { affected } = await manager.update(ErasureEntity, asClaimed(claimed), result.changes);
      if (affected !== 1) throw new LostRaceError('erasures');
      return result;
    });
    if (changes.state === 'finished') await this.finish(claimed);
    return ended;
  }

  private async finish({ id, events, deliveries, attempts }: ErasureEntity): Promise<void> {
    await truncateLog(this.dataSource);
    this.logger.log(
      `Erasure ${id} has finished: ${events} events, ${deliveries} pending deliveries, answers of ${attempts} attempts.`,
    );
  }

  private async postpone(claimed: ErasureEntity, error: unknown): Promise<void> {
    const { message, stack } = error as Error;
    this.logger.error(
      `A step of erasure ${claimed.id} failed and is made again in ${RETRY_AFTER_ERROR_MS / 1000} s: ${message}`,
      stack,
    );
    await this.dataSource.manager.update(ErasureEntity, asClaimed(claimed), {
      dueAt: this.clock.now() + RETRY_AFTER_ERROR_MS,
    });
  }

  private async pause(ms: number): Promise<void> {
    const signal = this.stopping.signal;
    await wait(Math.min(ms, MAX_PAUSE_MS), undefined, { signal }).catch(() => undefined);
  }
}

/** The erasure while a step's claim on it stands. */
function asClaimed({ id, phase, cursor, dueAt }: ErasureEntity) {
  return { id, state: 'running' as const, phase, cursor, dueAt: dueAt ?? 0 };
}
