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
import { isUnavailable } from '../../database/database-errors.js';
import { Clock } from '../../host/clock.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { RemoveAttempts } from './remove-attempts.js';
import { RemoveDeliveries } from './remove-deliveries.js';
import { RemoveEvents } from './remove-events.js';
import { RemoveIdempotencyKeys } from './remove-idempotency-keys.js';
import { RemoveRecoveries } from './remove-recoveries.js';
import { RemoveHours, RemoveMinutes } from './remove-rollups.js';
import type { Removal } from './removal.js';
import { InjectSchedule } from '../../host/tokens.js';

const RUN = 'posthorn.retention';
/** Often and little: where nothing is old a run is seven short reads. */
const RUN_EVERY_MS = 60_000;
const LONGEST_REST_MS = 500;

const DAY_MS = 86_400_000;

/**
 * Removes history that is older than it is kept, on a schedule. It works in batches of a few hundred rows, oldest first,
 * each in a short transaction that locks by primary key and passes over what others hold; between two batches it rests
 * for as long as the last one took. Every instance that does work runs it: what one has removed the next does not find.
 */
@Injectable()
export class Retention implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly logger = new Logger('Retention');
  private readonly removals: readonly Removal[];
  private readonly stopping = new AbortController();
  private running: Promise<Record<string, number>> | null = null;

  // oxlint-disable-next-line max-params
  constructor(
    attempts: RemoveAttempts,
    deliveries: RemoveDeliveries,
    events: RemoveEvents,
    keys: RemoveIdempotencyKeys,
    recoveries: RemoveRecoveries,
    minutes: RemoveMinutes,
    hours: RemoveHours,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
    private readonly clock: Clock,
  ) {
    this.removals = [attempts, deliveries, events, keys, recoveries, minutes, hours];
  }

  onApplicationBootstrap(): void {
    if (!this.options.worker) return;
    runEvery(this.schedule, RUN, RUN_EVERY_MS, () => void this.run());
  }

  onModuleDestroy(): void {
    stopRunning(this.schedule, RUN);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running?.catch(() => undefined);
  }

  /**
   * Removes everything that is old now. While it is at it, calling it again waits for the same run.
   *
   * @returns how many of each kind, the kinds of which there were none left out
   */
  async runOnce(): Promise<Record<string, number>> {
    this.running ??= this.removeAll().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async removeAll(): Promise<Record<string, number>> {
    const removed: Record<string, number> = {};
    for (const removal of this.removals) {
      const count = await this.removeOld(removal);
      if (count > 0) removed[removal.what] = count;
    }
    return removed;
  }

  private async removeOld(removal: Removal): Promise<number> {
    if (removal.days === 0) return 0;
    const before = this.clock.now() - removal.days * DAY_MS;
    let count = 0;
    let next: string | null = '';
    while (next !== null && !this.stopping.signal.aborted) {
      const began = performance.now();
      const some = await removal.removeSome(before, next);
      count += some.count;
      next = some.next;
      if (next !== null) await this.rest(performance.now() - began);
    }
    return count;
  }

  private async run(): Promise<void> {
    if (this.running) return;
    try {
      const removed = Object.entries(await this.runOnce()).map(([what, count]) => `${count} ${what}`);
      if (removed.length > 0) this.logger.log(`Removed what was kept long enough: ${removed.join(', ')}.`);
    } catch (error) {
      const { message, stack } = error as Error;
      if (isUnavailable(error))
        this.logger.warn(`Old history is removed when the database is back (${message}).`);
      else this.logger.error(`Removing old history failed: ${message} It goes on in a minute.`, stack);
    }
  }

  private async rest(ms: number): Promise<void> {
    const signal = this.stopping.signal;
    await wait(Math.min(ms, LONGEST_REST_MS), undefined, { signal }).catch(() => undefined);
  }
}
