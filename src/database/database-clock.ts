import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { Clock } from '../host/clock.js';
import { runEvery, stopRunning } from '../host/run-every.js';
import { dialectOf } from './dialect.js';

/** How often the database's clock is read, milliseconds. */
const READ_EVERY_MS = 10_000;
const READ = 'posthorn.clock';

/**
 * UTC, whatever the time zone of the session: the local time of the hour that comes twice in autumn does not tell which of
 * the two it is.
 */
const SELECT_EPOCH_MS =
  "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000 AS epoch_ms";

/** The two clocks of a process, milliseconds. */
export interface OwnClocks {
  /** Since the epoch; it may be set forwards and back. */
  wall: () => number;
  /** Since some moment; it is never set. */
  monotonic: () => number;
}

const MACHINE_CLOCKS: OwnClocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/**
 * The database's clock. Between two readings it advances with this process's monotonic clock. So instances agree on what
 * is due and which lease has run out, also where their machines' clocks are wrong or are set meanwhile.
 */
export class DatabaseClock extends Clock implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Clock');
  /** Added to the monotonic clock; before the first reading it gives the machine's own time. */
  private offsetMs: number;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schedule: SchedulerRegistry,
    private readonly own: OwnClocks = MACHINE_CLOCKS,
  ) {
    super();
    this.offsetMs = this.ownOffset();
  }

  onModuleInit(): void {
    runEvery(this.schedule, READ, READ_EVERY_MS, () => void this.trySynchronise());
  }

  onApplicationShutdown(): void {
    stopRunning(this.schedule, READ);
  }

  override now(): number {
    return Math.floor(this.own.monotonic() + this.offsetMs);
  }

  /** Reads the database's clock. SQLite has no clock of its own: it uses the machine's. */
  async synchronise(): Promise<void> {
    if (dialectOf(this.dataSource) === 'sqlite') {
      this.offsetMs = this.ownOffset();
      return;
    }
    const askedAt = this.own.monotonic();
    const [row] = await this.dataSource.query<{ epoch_ms: string | number }[]>(SELECT_EPOCH_MS);
    const answeredAt = this.own.monotonic();
    if (!row) return;
    this.offsetMs = clampOffset(this.offsetMs, { askedAt, answeredAt, said: Number(row.epoch_ms) });
  }

  private ownOffset(): number {
    return this.own.wall() - this.own.monotonic();
  }

  private async trySynchronise(): Promise<void> {
    try {
      await this.synchronise();
    } catch (error) {
      this.logger.debug(
        `The database's clock could not be read and runs on from its last reading: ${(error as Error).message}`,
      );
    }
  }
}

/** One reading of another machine's clock, milliseconds. */
export interface ClockReading {
  /** When the question was sent, by this process's monotonic clock. */
  askedAt: number;
  /** When the answer arrived, by the same clock. */
  answeredAt: number;
  /** The other clock's time at some moment between the two, cut off to whole milliseconds. */
  said: number;
}

/**
 * Corrects the known offset of another machine's clock from this process's monotonic clock by a reading.
 *
 * A reading proves only two bounds, because the other clock was read at some moment between the question and the answer.
 * The offset is moved into these bounds, and no further. Taking their middle would be wrong by half of the round trip:
 * a process that is suspended while it asks has a round trip of seconds, and would then see the leases of all other
 * instances as expired.
 *
 * @param offset the offset that was known before
 * @returns the nearest offset that the reading allows
 */
export function clampOffset(offset: number, { askedAt, answeredAt, said }: ClockReading): number {
  const least = said - answeredAt;
  const most = said + 1 - askedAt;
  return Math.min(Math.max(offset, least), most);
}
