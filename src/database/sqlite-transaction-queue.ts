import type { DataSource, QueryRunner } from 'typeorm';
import { type AcquireTimeout, Semaphore } from '../host/semaphore.js';

/** How long a statement waits for another's transaction before it says so. */
const LONGEST_WAIT_MS = 30_000;

/** A deferred transaction that reads first cannot wait for another process when it comes to write. */
const BEGIN = 'BEGIN IMMEDIATE';

/** A statement waited longer for an open transaction than any transaction should take. */
export class SqliteGateTimeoutError extends Error {
  override readonly name = 'SqliteGateTimeoutError';
  readonly code = 'SQLITE_BUSY';

  constructor() {
    super(
      `A statement waited ${LONGEST_WAIT_MS / 1000} s for another transaction on the SQLite connection. ` +
        'Inside a transaction use its own EntityManager: a statement outside of it waits until it ends.',
    );
  }
}

/** The connection's one permit was not free in time. */
const TIMEOUT: AcquireTimeout = { ms: LONGEST_WAIT_MS, error: () => new SqliteGateTimeoutError() };

interface SqliteRunner extends QueryRunner {
  stmtCache: Map<string, unknown>;
}

type SqliteRunnerClass = new (driver: DataSource['driver']) => SqliteRunner;

/**
 * Gives every caller of a better-sqlite3 data source a query runner of its own over the one connection, and lets one
 * transaction through at a time.
 *
 * TypeORM itself hands the same runner to everyone, so that transactions of overlapping requests become savepoints of
 * each other and one's rollback takes the other's rows with it. Here a transaction holds the gate from BEGIN to COMMIT
 * or ROLLBACK; statements outside of it wait too, because on the one connection they would be part of it.
 */
export function serialiseSqlite(dataSource: DataSource): void {
  const { driver } = dataSource;
  const gate = new Semaphore(1);
  const statements = new Map<string, unknown>();
  const Runner = driver.createQueryRunner('master').constructor as SqliteRunnerClass;

  const queryOf = Runner.prototype.query as (...args: unknown[]) => Promise<never>;

  class GatedRunner extends Runner {
    private holdsGate = false;

    // The signature is the driver's own, whose overloads a subclass cannot repeat without `any`.
    override query = async (sql: string, ...rest: unknown[]): Promise<never> => {
      const statement = sql === 'BEGIN TRANSACTION' ? BEGIN : sql;
      const run = () => queryOf.call(this, statement, ...rest);
      if (this.holdsGate) return run();
      await gate.acquire(TIMEOUT);
      try {
        return await run();
      } finally {
        gate.release();
      }
    };

    override async startTransaction(...args: Parameters<QueryRunner['startTransaction']>): Promise<void> {
      if (this.holdsGate) return super.startTransaction(...args);
      await gate.acquire(TIMEOUT);
      this.holdsGate = true;
      try {
        await super.startTransaction(...args);
      } catch (error) {
        this.leaveGate();
        throw error;
      }
    }

    override async commitTransaction(): Promise<void> {
      await super.commitTransaction();
      this.leaveWhenDone();
    }

    override async rollbackTransaction(): Promise<void> {
      try {
        await super.rollbackTransaction();
      } finally {
        this.leaveWhenDone();
      }
    }

    override async release(): Promise<void> {
      try {
        if (this.isTransactionActive) await this.rollbackTransaction();
      } finally {
        // Also when the rollback failed (SQLite had given the transaction up itself): nobody else may wait for it.
        if (this.holdsGate) this.leaveGate();
        await super.release();
      }
    }

    private leaveWhenDone(): void {
      if (!this.isTransactionActive && this.holdsGate) this.leaveGate();
    }

    private leaveGate(): void {
      this.holdsGate = false;
      gate.release();
    }
  }

  driver.createQueryRunner = () => {
    const runner = new GatedRunner(driver);
    runner.stmtCache = statements;
    return runner;
  };
}
