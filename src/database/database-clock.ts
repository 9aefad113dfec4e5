import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { Clock } from '../host/clock.js';
import { runEvery, stopRunning } from '../host/run-every.js';
import { dialectOf } from './dialect.js';

/** How often the database's clock is read anew, milliseconds. */
const READ_EVERY_MS = 10_000;
const READ = 'posthorn.clock';

/** The two clocks that a process has of its own, milliseconds. */
export interface OwnClocks {
  /** Since the epoch; whoever runs the machine may set it. */
  wall: () => number;
  /** Since some moment; never set back. */
  monotonic: () => number;
}

const OF_THIS_MACHINE: OwnClocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/**
 * The database's clock, carried between two readings by this process's monotonic one: instances whose own clocks are
 * wrong, or are set while they run, agree on what is due and which lease has run out.
 */
export class DatabaseClock extends Clock implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Clock');
  /** What to add to the monotonic clock; before the first reading, what the machine's own clock says. */
  private offsetMs: number;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: SchedulerRegistry,
    private readonly own: OwnClocks = OF_THIS_MACHINE,
  ) {
    super();
    this.offsetMs = this.ownOffset();
  }

  onModuleInit(): void {
    runEvery(this.schedule, READ, READ_EVERY_MS, () => void this.keep());
  }

  onApplicationShutdown(): void {
    stopRunning(this.schedule, READ);
  }

  override now(): number {
    return Math.floor(this.own.monotonic() + this.offsetMs);
  }

  /** Reads the database's clock anew. SQLite has no clock but the machine's. */
  async synchronise(): Promise<void> {
    if (dialectOf(this.dataSource) === 'sqlite') {
      this.offsetMs = this.ownOffset();
      return;
    }
    const askedAt = this.own.monotonic();
    const [row] = await this.dataSource.query<{ now: string | number }[]>(
      'SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS now',
    );
    const answeredAt = this.own.monotonic();
    if (!row) return;
    this.offsetMs = clampOffset(this.offsetMs, { askedAt, answeredAt, said: Math.round(Number(row.now)) });
  }

  private ownOffset(): number {
    return this.own.wall() - this.own.monotonic();
  }

  private async keep(): Promise<void> {
    try {
      await this.synchronise();
    } catch (error) {
      this.logger.debug(`The database's clock cannot be read now: ${(error as Error).message}`);
    }
  }
}

/** One reading of another's clock, milliseconds. */
export interface ClockReading {
  /** When it was asked for, by this process's monotonic clock. */
  askedAt: number;
  /** When the answer was here, by the same. */
  answeredAt: number;
  /** What it said, some time between the two; a whole number, and what is below a millisecond is cut off. */
  said: number;
}

/**
 * What is known of another's clock after a reading: its distance from this process's monotonic clock.
 *
 * A reading proves two bounds, no more: the other clock said so at some moment between the question and the answer. The
 * distance moves only as far as they force it. The middle between them would be wrong by half of the round trip, and a
 * process that is stopped while it asks has one of seconds: it would then think that the leases of all others have run
 * out.
 *
 * @param offset the distance that was known before
 * @returns the distance nearest to it that the reading allows
 */
export function clampOffset(offset: number, { askedAt, answeredAt, said }: ClockReading): number {
  const least = said - answeredAt;
  const most = said + 1 - askedAt;
  return Math.min(Math.max(offset, least), most);
}
