import type { Pool, PoolConnection } from 'mysql2';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { setTimeout as wait } from 'node:timers/promises';
import { isRetryable, isUnavailable } from './database-errors.js';
import { dialectOf } from './dialect.js';

export const READ_COMMITTED = 'TRANSACTION ISOLATION LEVEL READ COMMITTED';

const known = new WeakSet<object>();

/**
 * Has each new connection of a data source that is all this process's own begin its transactions in READ COMMITTED,
 * which saves every transaction a statement. Not for a host's data source: its own transactions are to stay as they are.
 */
export function makeSessionsReadCommitted(dataSource: DataSource): void {
  const { pool } = dataSource.driver as { pool?: Pool };
  pool?.on('connection', (connection: PoolConnection) => {
    connection.query(`SET SESSION ${READ_COMMITTED}`, (error) => {
      // A connection that cannot say so says it before each transaction.
      if (!error) known.add(connection);
    });
  });
}

/** Whether a connection's transactions are READ COMMITTED without being told. */
export function isReadCommitted(connection: object): boolean {
  return known.has(connection);
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
 * Runs work in a READ COMMITTED transaction of its own (SQLite: its one kind) and begins it anew when the database
 * gave it up for a deadlock or a lock that was waited for too long. For work of the engine that may run twice; a
 * producer's transaction is its own.
 *
 * @throws whatever the work throws; after eight tries also the deadlock
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
      // Two that met in a deadlock must not meet again at once.
      await wait(Math.random() * 5 * 2 ** attempt);
    }
  }
}

/**
 * As TypeORM's own transaction, but for what begins it: two statements that are sent together, since nothing is learnt
 * from the first. A busy process is late to see an answer, and here that is most of what a round trip takes.
 */
async function inMysqlTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    const connection = (await runner.connect()) as PoolConnection;
    // A connection runs its statements in the order in which they were given to it.
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

/** What went wrong first is what is told. */
async function rollBack(runner: QueryRunner): Promise<void> {
  if (!runner.isTransactionActive) return;
  try {
    await runner.rollbackTransaction();
  } catch {
    // The connection is gone, and the transaction with it.
  }
}
