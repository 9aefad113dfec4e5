import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnModuleInit,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { ClockSteps } from '../../database/clock-steps.js';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { InjectSchedule, InjectDatabase } from '../../host/tokens.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';
import { AdminAuditEntity } from './admin-audit.entity.js';

const RUN = 'posthorn.audit-retention';
const RUN_EVERY_MS = 60_000;
const ROWS_PER_STATEMENT = 500;
/** The bound of one run, so that the first run after years does not take a day. */
const STATEMENTS_PER_RUN = 200;
const DAY_MS = 86_400_000;

/** Deletes lines of the audit log that are older than `auditDays`, oldest first, in statements of a few hundred rows. */
@Injectable()
export class AuditRetention implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private running: Promise<number> | null = null;
  private isStopping = false;

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(ADMIN_OPTIONS) private readonly options: AdminOptions,
    private readonly clock: Clock,
    private readonly steps: ClockSteps,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
  ) {}

  onModuleInit(): void {
    runEvery(this.schedule, RUN, RUN_EVERY_MS, () => void this.run());
  }

  private async run(): Promise<void> {
    try {
      const count = await this.runOnce();
      if (count > 0) this.logger.log(`Retention deleted ${count} old lines of the audit log.`);
    } catch (error) {
      this.logger.warn(`Retention of the audit log failed, the next run is in a minute: ${String(error)}`);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    stopRunning(this.schedule, RUN);
    this.isStopping = true;
    await this.running?.catch(() => undefined);
  }

  /**
   * Deletes the lines that are too old now. A call during a run waits for that run.
   *
   * @returns how many lines the run deleted
   */
  async runOnce(): Promise<number> {
    this.running ??= this.deleteOld().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async deleteOld(): Promise<number> {
    const { auditDays } = this.options;
    if (auditDays === 0) return 0;
    const before = this.clock.now() - auditDays * DAY_MS;
    let deleted = 0;
    for (let statement = 0; statement < STATEMENTS_PER_RUN && !this.isStopping; statement += 1) {
      const count = await this.deleteBatch(before);
      deleted += count;
      if (count < ROWS_PER_STATEMENT) break;
    }
    return deleted;
  }

  private async deleteBatch(before: number): Promise<number> {
    const table = tableOf(this.dataSource, AdminAuditEntity);
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM ${table} WHERE id < ? AND at < ? ORDER BY id LIMIT ${ROWS_PER_STATEMENT}`,
      [this.steps.idsBefore(before), before],
    );
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id);
    await inReadCommitted(this.dataSource, (manager) => deleteByKeys(manager, table, 'id', ids));
    return ids.length;
  }
}
