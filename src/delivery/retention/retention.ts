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
import { ArchiveError } from '../../archive/archive-error.js';
import { isUnavailable } from '../../database/database-errors.js';
import { Clock } from '../../host/clock.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import type { Removal } from './removal.js';
import { REMOVALS } from './removals.js';
import { InjectSchedule } from '../../host/tokens.js';

const RUN_JOB = 'posthorn.retention';
/** A run that finds nothing old costs nine short reads. */
const RUN_EVERY_MS = 60_000;
/** The longest pause between two batches, milliseconds. */
const MAX_PAUSE_MS = 500;

const DAY_MS = 86_400_000;

/**
 * Removes history that is older than the retention settings, once a minute. It works in batches of a few hundred rows,
 * oldest first, each in a short transaction that locks by primary key and skips locked rows. After each batch it pauses
 * for as long as the batch took. Every instance with `worker` runs it; concurrent runs do not disturb each other.
 */
@Injectable()
export class Retention implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly logger = new Logger('Retention');
  private readonly stopping = new AbortController();
  private running: Promise<Record<string, number>> | null = null;

  constructor(
    @Inject(REMOVALS) private readonly removals: readonly Removal[],
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.options.worker) return;
    runEvery(this.schedule, RUN_JOB, RUN_EVERY_MS, () => void this.run());
  }

  onModuleDestroy(): void {
    stopRunning(this.schedule, RUN_JOB);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running?.catch(() => undefined);
  }

  /**
   * Removes everything that is old now. A call during a run waits for that run.
   *
   * @returns the number of removed rows by kind, without the kinds that had none
   */
  async runOnce(): Promise<Record<string, number>> {
    this.running ??= this.removeAll().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async removeAll(): Promise<Record<string, number>> {
    const removed: Record<string, number> = {};
    let problem: ArchiveError | null = null;
    for (const removal of this.removals) {
      try {
        const count = await this.removeOld(removal);
        if (count > 0) removed[removal.what] = count;
      } catch (error) {
        // What is not archived goes on being removed.
        if (!(error instanceof ArchiveError)) throw error;
        problem = error;
      }
    }
    if (problem) throw problem;
    return removed;
  }

  private async removeOld(removal: Removal): Promise<number> {
    if (removal.days === 0) return 0;
    const before = this.clock.now() - removal.days * DAY_MS;
    let count = 0;
    let next: string | null = '';
    while (next !== null && !this.stopping.signal.aborted) {
      const began = performance.now();
      const some = await removal.removeBatch(before, next);
      count += some.count;
      next = some.next;
      if (next !== null) await this.pause(performance.now() - began);
    }
    return count;
  }

  private async run(): Promise<void> {
    if (this.running) return;
    try {
      const removed = Object.entries(await this.runOnce()).map(([what, count]) => `${count} ${what}`);
      if (removed.length > 0) this.logger.log(`Retention removed ${removed.join(', ')}.`);
    } catch (error) {
      const { message, stack } = error as Error;
      if (error instanceof ArchiveError)
        this.logger.error(`History is kept, and retention goes on in a minute: ${message}`);
      else if (isUnavailable(error))
        this.logger.warn(`The database is unavailable, retention continues when it is back: ${message}`);
      else this.logger.error(`Retention failed and is retried in a minute: ${message}`, stack);
    }
  }

  private async pause(ms: number): Promise<void> {
    const signal = this.stopping.signal;
    await wait(Math.min(ms, MAX_PAUSE_MS), undefined, { signal }).catch(() => undefined);
  }
}
