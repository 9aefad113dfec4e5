import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../host/clock.js';
import { runEvery, stopRunning } from '../host/run-every.js';
import { firstIdAt, type TimeOrderedIds } from '../host/time-ordered-ids.js';
import { DatabaseClock } from './database-clock.js';
import { ClockEntity } from './clock-steps.entity.js';
import { writeWhere } from './conditional-write.js';
import { LostRaceError } from './database-errors.js';
import { forUpdate, tableOf } from './dialect.js';
import { inReadCommitted } from './transactions.js';

const CHECK = 'posthorn.clock-steps';
const CHECK_EVERY_MS = 10_000;
/** The clocks of instances differ by less: what is more was a step. */
const STEP_MS = 2_000;
/** Added to what an id may be ahead by: a step is seen this much later at the most. */
const MARGIN_MS = 30_000;

/** A clock that was set back. */
export interface ClockStep {
  /** The time now, UTC epoch milliseconds. */
  now: number;
  /** By how much it was set back, milliseconds, to within ten seconds. */
  byMs: number;
}

/** A range of ids, the first inclusive, the last exclusive. */
export interface IdRange {
  from: string;
  before: string;
}

/**
 * Notices a clock that was set back, also while no instance ran: each instance notes the time in the database and
 * compares. What stands in the future then was written by the clock that was ahead, and would wait until that time; the
 * listeners set it right.
 *
 * Ids are in the order in which they were made and never go back. So after such a step their times are ahead of the
 * recorded ones. Ranges of time go by recorded times; {@link idsWithin} gives the ids that may belong to one.
 */
export class ClockSteps implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Clock');
  private readonly listeners = new Set<(step: ClockStep) => Promise<void>>();
  private aheadMs = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: SchedulerRegistry,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.tryCheck();
    runEvery(this.schedule, CHECK, CHECK_EVERY_MS, () => void this.tryCheck());
  }

  onApplicationShutdown(): void {
    stopRunning(this.schedule, CHECK);
  }

  /** Calls a listener after a step back, on the one instance that noticed it first. */
  onStepBack(listener: (step: ClockStep) => Promise<void>): void {
    this.listeners.add(listener);
  }

  /**
   * The ids of everything that was recorded in a range of times, and of some things beside it: the recorded time decides.
   *
   * @param from epoch milliseconds, inclusive
   * @param before epoch milliseconds, exclusive
   */
  idsWithin(from: number, before: number): IdRange {
    // An id is never behind the time at which it was made.
    return { from: firstIdAt(from), before: this.idsBefore(before) };
  }

  /** Every id that was made before a time is smaller than this one; epoch milliseconds. */
  idsBefore(time: number): string {
    return firstIdAt(time + Math.max(this.aheadMs, this.ids.aheadMs) + MARGIN_MS);
  }

  /** Notes the time, and sets right what a step back has left. */
  async check(): Promise<void> {
    // An instance that has not read the database's clock since it was set forwards would take the others' time for a step.
    if (this.clock instanceof DatabaseClock) await this.clock.synchronise();
    const table = tableOf(this.dataSource, ClockEntity);
    const { now, byMs } = await inReadCommitted(this.dataSource, async (manager) => {
      const row = await readRow(manager, table);
      // Under the row's lock, for which the others wait: no time that they note is later.
      const now = this.clock.now();
      const step = Math.max(0, row.latest - now);
      this.aheadMs = step >= STEP_MS ? Math.max(row.aheadMs, step) : row.aheadMs;
      if (step > 0 && step < STEP_MS) return { now, byMs: 0 };
      const written = await writeWhere(
        manager,
        `UPDATE ${table} SET latest = ?, ahead_ms = ? WHERE id = 1 AND latest = ? AND ahead_ms = ?`,
        [now, this.aheadMs, row.latest, row.aheadMs],
      );
      // Another instance has noticed the same step, and sets the times back.
      if (written === 0 && step > 0) throw new LostRaceError('clock');
      return { now, byMs: step };
    });
    if (byMs === 0) return;
    this.logger.warn(
      `The clock was set back by ${Math.round(byMs / 1_000)} s. Due times that it had set are set back too.`,
    );
    for (const listener of this.listeners) await listener({ now, byMs });
  }

  private async tryCheck(): Promise<void> {
    try {
      await this.check();
    } catch (error) {
      this.logger.debug(
        `Whether the clock was set back cannot be checked now; it is checked again in ten seconds: ${(error as Error).message}`,
      );
    }
  }
}

async function readRow(manager: EntityManager, table: string): Promise<{ latest: number; aheadMs: number }> {
  const [row] = await manager.query<{ latest: string | number; ahead_ms: string | number }[]>(
    `SELECT latest, ahead_ms FROM ${table} WHERE id = 1${forUpdate(manager)}`,
  );
  return { latest: Number(row?.latest ?? 0), aheadMs: Number(row?.ahead_ms ?? 0) };
}
