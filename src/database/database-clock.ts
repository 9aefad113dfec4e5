import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../time/clock.js';
import { dialectOf } from './dialect.js';

/**
 * The database's clock, carried between two readings by this process's monotonic one: instances whose own clocks are
 * wrong, or are set while they run, agree on what is due and which lease has run out.
 */
@Injectable()
export class DatabaseClock extends Clock {
  /** What to add to the monotonic clock; before the first reading, what the machine's own clock says. */
  private offsetMs = Date.now() - performance.now();

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {
    super();
  }

  override now(): number {
    return Math.floor(performance.now() + this.offsetMs);
  }

  /** Reads the database's clock anew; half of the round trip is taken off. */
  async synchronise(): Promise<void> {
    // SQLite has no clock but the machine's.
    if (dialectOf(this.dataSource) === 'sqlite') {
      this.offsetMs = Date.now() - performance.now();
      return;
    }
    const before = performance.now();
    const [row] = await this.dataSource.query<{ now: string | number }[]>(
      'SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS now',
    );
    const after = performance.now();
    if (row) this.offsetMs = Math.round(Number(row.now)) - (before + after) / 2;
  }
}
