import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type DataSource, type QueryRunner, Table } from 'typeorm';

import { columnsFor, PRIMARY } from './columns.js';
import { codeOf, isRetryable } from './database-errors.js';

/** How long the lease of a holder that is gone keeps others away, milliseconds. */
const LEASE_MS = 10_000;
const RENEW_EVERY_MS = 2_000;
/** How long an instance waits for a holder that renews its lease, milliseconds. */
const LONGEST_WAIT_MS = 120_000;
const POLL_MS = 100;

const NOW = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000";

/** Another instance held the migration lock for too long, or took it over. */
export class MigrationLockError extends Error {
  override readonly name = 'MigrationLockError';
}

/** Sends a statement by a connection of its own or by whichever is free. */
interface Sender {
  query(sql: string, values?: unknown[]): Promise<unknown>;
}

/** What {@link MigrationLease.obtain} needs. */
export interface LeaseOptions {
  /** The table with its one row. It is made where it is missing. */
  table: string;
  /** How long it waits for another holder, milliseconds. Default: 120,000. */
  waitMs?: number;
  /** A clock that is never set, milliseconds. Default: this process's. */
  now?: () => number;
}

/**
 * The lock under which one instance at a time changes the schema: a row with the token of its holder and the time until
 * which it is held, taken by a conditional write and read back. The holder renews it every two seconds; ten seconds after
 * its last renewal anyone takes it. No named lock (`GET_LOCK`): OceanBase keeps those of sessions that a killed server
 * had, and in a cluster such as Galera's each node has its own.
 */
export class MigrationLease {
  private readonly token = randomUUID();
  private readonly table: string;
  private renewedAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> | null = null;

  private constructor(
    private readonly dataSource: DataSource,
    table: string,
    private readonly now: () => number,
  ) {
    this.table = `\`${table}\``;
  }

  /**
   * Takes the lease, and renews it by another connection of the data source until it is released.
   *
   * @param runner sends plain SQL ({@link writePlainSql})
   * @throws {MigrationLockError} when another instance holds it for longer than it waits
   */
  static async obtain(
    dataSource: DataSource,
    runner: QueryRunner,
    { table, waitMs = LONGEST_WAIT_MS, now = () => performance.now() }: LeaseOptions,
  ): Promise<MigrationLease> {
    const lease = new MigrationLease(dataSource, table, now);
    await runner.createTable(defineTable(table), true);
    const latest = now() + waitMs;
    while (!(await lease.tryTake(runner))) {
      if (now() > latest) {
        throw new MigrationLockError(
          `Another instance has held the migration lock for more than ${waitMs / 1_000} s. See what it does, then start again.`,
        );
      }
      await wait(POLL_MS);
    }
    lease.timer = setInterval(() => lease.renewBeside(), RENEW_EVERY_MS).unref();
    return lease;
  }

  /**
   * Makes sure that the lease is still held, before a statement on the runner that changes the schema: a process that was
   * stopped for longer than the lease must not go on beside its successor.
   *
   * @throws {MigrationLockError} when another instance has taken it over
   */
  async check(runner: QueryRunner): Promise<void> {
    if (this.now() - this.renewedAt < RENEW_EVERY_MS * 2 || runner.isTransactionActive) return;
    if (await this.renew(runner)) return;
    throw new MigrationLockError(
      'Another instance has taken over the migration lock, because this one did not renew it in time. Start again: migrations go on where they ended.',
    );
  }

  /** Gives the lease to whoever waits for it. Never throws: it runs out anyway. */
  async release(runner: QueryRunner): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
    try {
      await runner.query(`UPDATE ${this.table} SET held_until = 0 WHERE id = 1 AND token = ?`, [this.token]);
    } catch {
      // Ten seconds later the next one takes it.
    }
  }

  private async tryTake(runner: QueryRunner): Promise<boolean> {
    try {
      await runner.query(`INSERT IGNORE INTO ${this.table} (id, token, held_until) VALUES (1, '', 0)`);
      return await this.write(runner, `held_until < ${NOW}`, []);
    } catch (error) {
      // Made by another session a moment ago, OceanBase may not show the table to this one yet.
      if (!isRetryable(error) && codeOf(error) !== 'ER_NO_SUCH_TABLE') throw error;
      return false;
    }
  }

  private async renew(runner: Sender): Promise<boolean> {
    return this.write(runner, 'token = ?', [this.token]);
  }

  /** Writes the row under a condition, and tells by its token whether it is ours. */
  private async write(runner: Sender, condition: string, values: string[]): Promise<boolean> {
    const askedAt = this.now();
    await runner.query(
      `UPDATE ${this.table} SET token = ?, held_until = ${NOW} + ${LEASE_MS} WHERE id = 1 AND ${condition}`,
      [this.token, ...values],
    );
    const [row] = (await runner.query(`SELECT token FROM ${this.table} WHERE id = 1`)) as { token: string }[];
    if (row?.token !== this.token) return false;
    this.renewedAt = askedAt;
    return true;
  }

  /** While a statement is under way, by another connection. What fails is told by the next check. */
  private renewBeside(): void {
    this.renewing ??= this.renew(this.dataSource)
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => (this.renewing = null));
  }
}

function defineTable(name: string): Table {
  const column = columnsFor('mysql');
  return new Table({
    name,
    columns: [column.int('id', PRIMARY), column.id('token'), column.epochMs('held_until')],
  });
}
