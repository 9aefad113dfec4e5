import { setTimeout as wait } from 'node:timers/promises';
import type { Pool, PoolConnection } from 'mysql2';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { isRetryable, isUnavailable } from './database-errors.js';
import { dialectOf } from './dialect.js';

/** The end of a SET statement that makes transactions READ COMMITTED. */
export const READ_COMMITTED = 'TRANSACTION ISOLATION LEVEL READ COMMITTED';

const readCommitted = new WeakSet<object>();

/**
 * Makes READ COMMITTED the isolation level of each new connection, which saves a statement per transaction. Only for a
 * data source of our own: it would also change the transactions of a host.
 */
export function makeSessionsReadCommitted(dataSource: DataSource): void {
  const { pool } = dataSource.driver as { pool?: Pool };
  pool?.on('connection', (connection: PoolConnection) => {
    connection.query(`SET SESSION ${READ_COMMITTED}`, (error) => {
      // Where this failed, each transaction sets the level itself.
      if (!error) readCommitted.add(connection);
    });
  });
}

/** Whether a connection's transactions are READ COMMITTED by default. */
export function isReadCommitted(connection: object): boolean {
  return readCommitted.has(connection);
}

const MOST_TRIES = 8;

/** The connection was lost while a COMMIT was out: whether the transaction was committed is not known. */
export class CommitOutcomeUnknownError extends Error {
  override readonly name = 'CommitOutcomeUnknownError';

  /** @param driverError what the driver said; the error is classified by it, as TypeORM's own wrappers are */
  constructor(readonly driverError: Error) {
    super(`The connection was lost while a transaction was committed: ${driverError.message}`, {
      cause: driverError,
    });
  }
}

/** Whether a transaction that failed with this error may have been committed all the same. */
export function isCommitOutcomeUnknown(error: unknown): boolean {
  return error instanceof CommitOutcomeUnknownError;
}

/**
 * Runs work in a READ COMMITTED transaction of its own (SQLite: serializable, its only level), and repeats it after a
 * deadlock or a lock wait timeout. For work of the engine, which may run twice; never for a producer's transaction.
 *
 * @throws the work's error; after eight tries also the deadlock or the timeout
 * @throws {CommitOutcomeUnknownError} when the connection is lost between COMMIT and its answer (MySQL)
 */
export async function inReadCommitted<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return dialectOf(dataSource) === 'mysql'
        ? await inMysqlTransaction(dataSource, work)
        : await dataSource.transaction(work);
    } catch (error) {
      if (!isRetryable(error) || attempt >= MOST_TRIES) throw error;
      // Random backoff, so that two transactions that deadlocked do not meet again at once.
      await wait(Math.random() * 5 * 2 ** attempt);
    }
  }
}

/**
 * As TypeORM's own transaction, but the two statements that begin it are sent together instead of one after the other.
 * In a busy process most of a round trip is the wait until the event loop reads the answer.
 */
async function inMysqlTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    const connection = (await runner.connect()) as PoolConnection;
    // A connection executes its statements in the order in which they were sent.
    const level = isReadCommitted(connection) || connection.promise().query(`SET ${READ_COMMITTED}`);
    await Promise.all([level, runner.startTransaction()]);
    const result = await work(runner.manager);
    await commit(runner);
    return result;
  } catch (error) {
    await rollBack(runner);
    throw error;
  } finally {
    await runner.release();
  }
}

async function commit(runner: QueryRunner): Promise<void> {
  try {
    await runner.commitTransaction();
  } catch (error) {
    throw isUnavailable(error) ? new CommitOutcomeUnknownError(error as Error) : error;
  }
}

/** Never throws: the error to report is the one that made the rollback necessary. */
async function rollBack(runner: QueryRunner): Promise<void> {
  if (!runner.isTransactionActive) return;
  try {
    await runner.rollbackTransaction();
  } catch {
    // The connection is lost, which rolls the transaction back.
  }
}
