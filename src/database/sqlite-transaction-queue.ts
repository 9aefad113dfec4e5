import type { DataSource, QueryRunner } from 'typeorm';
import { codeOf } from './database-errors.js';
import { type AcquireTimeout, Semaphore } from '../host/semaphore.js';

/** How long a statement waits for another transaction before it fails. */
const LONGEST_WAIT_MS = 30_000;

/** Takes the write lock at once: a deferred transaction that has read cannot wait for another process when it writes. */
const BEGIN = 'BEGIN IMMEDIATE';

/** A statement waited too long for another transaction on the SQLite connection. */
export class SqliteQueueTimeoutError extends Error {
  override readonly name = 'SqliteQueueTimeoutError';
  readonly code = 'SQLITE_BUSY';

  constructor() {
    super(
      `A statement waited ${LONGEST_WAIT_MS / 1000} s for another transaction on the SQLite connection. ` +
        'Inside a transaction use its own EntityManager: a statement outside of it waits until it ends.',
    );
  }
}

/** The pauses between two tries of a statement that another connection keeps out, milliseconds; the last one goes on. */
const PAUSES_MS = [1, 2, 5, 10, 25, 50];

const TIMEOUT: AcquireTimeout = { ms: LONGEST_WAIT_MS, error: () => new SqliteQueueTimeoutError() };

interface SqliteRunner extends QueryRunner {
  stmtCache: Map<string, unknown>;
}

type SqliteRunnerClass = new (driver: DataSource['driver']) => SqliteRunner;

interface SqliteConnection {
  pragma(statement: string): unknown;
}

/** The drivers whose transactions are in a line already. */
const serialised = new WeakSet<object>();

/**
 * Serialises the transactions of a better-sqlite3 data source by a semaphore with one permit, and gives every caller a
 * query runner of its own over the one connection.
 *
 * TypeORM gives the same runner to every caller, so that transactions of overlapping requests become savepoints of each
 * other, and the rollback of one removes the rows of another. Here a transaction holds the permit from BEGIN to COMMIT
 * or ROLLBACK. Statements outside of it wait too, because on the one connection they would be part of it.
 *
 * A statement that another connection keeps out is tried again later. SQLite's own wait (`busy_timeout`) would stop the
 * thread, and with it the transaction that is waited for, where the other connection is in this process.
 */
export function serialiseSqlite(dataSource: DataSource): void {
  const { driver } = dataSource;
  if (serialised.has(driver)) return;
  serialised.add(driver);
  const permit = new Semaphore(1);
  const statements = new Map<string, unknown>();
  const Runner = driver.createQueryRunner('master').constructor as SqliteRunnerClass;

  const queryOf = Runner.prototype.query as (...args: unknown[]) => Promise<never>;
  const impatient = new WeakSet<SqliteConnection>();
  const makeImpatient = () => {
    const { databaseConnection: connection } = driver as unknown as { databaseConnection?: SqliteConnection };
    if (!connection || impatient.has(connection)) return;
    impatient.add(connection);
    connection.pragma('busy_timeout = 0');
  };

  class QueuedRunner extends Runner {
    private holdsPermit = false;

    // The driver's own signature has overloads, which a subclass cannot repeat without `any`.
    override query = async (sql: string, ...rest: unknown[]): Promise<never> => {
      const statement = sql === 'BEGIN TRANSACTION' ? BEGIN : sql;
      makeImpatient();
      const run = () => retryWhileBusy(() => queryOf.call(this, statement, ...rest));
      if (this.holdsPermit) return run();
      await permit.acquire(TIMEOUT);
      try {
        return await run();
      } finally {
        permit.release();
      }
    };

    override async startTransaction(...args: Parameters<QueryRunner['startTransaction']>): Promise<void> {
      if (this.holdsPermit) return super.startTransaction(...args);
      await permit.acquire(TIMEOUT);
      this.holdsPermit = true;
      try {
        await super.startTransaction(...args);
      } catch (error) {
        this.releasePermit();
        throw error;
      }
    }

    override async commitTransaction(): Promise<void> {
      await super.commitTransaction();
      this.releaseWhenDone();
    }

    override async rollbackTransaction(): Promise<void> {
      try {
        await super.rollbackTransaction();
      } finally {
        this.releaseWhenDone();
      }
    }

    override async release(): Promise<void> {
      try {
        if (this.isTransactionActive) await this.rollbackTransaction();
      } catch {
        // SQLite had ended the transaction itself, as it may when the disk is full. The error to report is that one.
      } finally {
        // Others must not wait for it.
        if (this.holdsPermit) this.releasePermit();
        await super.release();
      }
    }

    private releaseWhenDone(): void {
      if (!this.isTransactionActive && this.holdsPermit) this.releasePermit();
    }

    private releasePermit(): void {
      this.holdsPermit = false;
      permit.release();
    }
  }

  driver.createQueryRunner = () => {
    const runner = new QueuedRunner(driver);
    runner.stmtCache = statements;
    return runner;
  };
}

/** Tries a statement again while another connection holds a lock that it needs, for at most 30 s. */
async function retryWhileBusy<T>(run: () => Promise<T>): Promise<T> {
  const latest = performance.now() + LONGEST_WAIT_MS;
  for (let tries = 0; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      // Not SQLITE_BUSY_SNAPSHOT: what was read is old then, and stays so.
      if (codeOf(error) !== 'SQLITE_BUSY' || performance.now() >= latest) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[tries] ?? PAUSES_MS.at(-1)));
    }
  }
}
