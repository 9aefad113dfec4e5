import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { InjectDatabase, InjectSchedule } from '../../host/tokens.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { firstIdAt, TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { WebhookChangeEntity } from './change.entity.js';
import { ChangeNotes } from './change-notes.js';

const FLUSH = 'posthorn.changes';
const FLUSH_EVERY_MS = 500;
/** Whoever watches looks more often than that. */
const KEPT_MS = 60_000;
const REMOVE_EVERY_MS = 30_000;

/**
 * Tells every instance what this one changed, for those who watch there: one short row for half a second in which
 * anything changed, however much it was. What is lost is a sight of it, and nothing else.
 */
@Injectable()
export class ChangeWriter implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Changes');
  private flushing: Promise<void> = Promise.resolve();
  private removeAt = 0;

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly notes: ChangeNotes,
    private readonly ids: TimeOrderedIds,
    private readonly clock: Clock,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
  ) {}

  onApplicationBootstrap(): void {
    runEvery(this.schedule, FLUSH, FLUSH_EVERY_MS, () => void this.flush());
  }

  async beforeApplicationShutdown(): Promise<void> {
    stopRunning(this.schedule, FLUSH);
    await this.flushing;
  }

  /** Writes what was noted. */
  async flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.flushNow());
    await this.flushing;
  }

  private async flushNow(): Promise<void> {
    const changed = this.notes.take();
    if (changed === null) return;
    const table = tableOf(this.dataSource, WebhookChangeEntity);
    const now = this.clock.now();
    try {
      await inReadCommitted(this.dataSource, (manager) =>
        manager.query(`INSERT INTO ${table} (id, changed) VALUES (?, ?)`, [
          this.ids.next(),
          JSON.stringify(changed),
        ]),
      );
      if (now < this.removeAt) return;
      this.removeAt = now + REMOVE_EVERY_MS;
      await inReadCommitted(this.dataSource, (manager) =>
        manager.query(`DELETE FROM ${table} WHERE id < ?`, [firstIdAt(now - KEPT_MS)]),
      );
    } catch (error) {
      this.logger.debug(`What changed cannot be told now: ${(error as Error).message}`);
    }
  }
}
