import { setTimeout as wait } from 'node:timers/promises';
import type { PoolConnection } from 'mysql2';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { runAtOnce } from './at-once.js';
import { type Evidence, takeEvidence } from './commit-evidence.js';
import { countConflict } from './conflicts.js';
import { isRetryable, isUnavailable, mayBeCommitted } from './database-errors.js';
import { dialectOf } from './dialect.js';
import { beginOfEngine, connectForEngine, endOfEngine, limitOfHost } from './host-connections.js';
import { isPinned, limitOfOwn, patienceMsOf, patienceOf } from './own-connections.js';
import { markOwnTransaction } from './own-transactions.js';
import type { Patience } from './patience.js';
import { turnsOfProducers } from './producer-turns.js';

/** The end of a SET statement that makes the next transaction READ COMMITTED. */
const READ_COMMITTED = 'TRANSACTION ISOLATION LEVEL READ COMMITTED';

const MOST_TRIES = 8;

/** How long it is looked up at least whether a transaction was committed, and the pauses, which double; milliseconds. */
const LOOK_UP_MS = 3_000;
const FIRST_LOOK_UP_PAUSE_MS = 100;
const LONGEST_LOOK_UP_PAUSE_MS = 800;

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
 * deadlock, a lock wait timeout or a conflict at COMMIT, which `conflicts.ts` counts, and for a bounded time while the
 * database is away. For work of the engine, which may run twice; never for a producer's transaction.
 *
 * @throws the work's error; after eight tries also the conflict
 * @throws {CommitOutcomeUnknownError} when the connection is lost between COMMIT and its answer (MySQL), and the database
 *   cannot be asked: the transaction has left no {@link leaveEvidence}, or the database does not answer
 */
export async function inReadCommitted<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  return waitForDatabase(dataSource, () => repeatConflicts(dataSource, work));
}

/**
 * {@link inReadCommitted} for a change that a caller waits for: it waits for its turn among the others (MySQL), so that
 * many changes at a time leave connections to the engine that sends them. It has no turn while it waits for the database.
 *
 * @throws {DatabaseDeadlineError} also when its turn does not come in time
 */
export async function inProducerTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  return waitForDatabase(dataSource, () => inProducerTransactionAtOnce(dataSource, work));
}

/** {@link inProducerTransaction} that fails at once where the database is away: its callers wait, each for itself. */
export async function inProducerTransactionAtOnce<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const run = (): Promise<T> => repeatConflicts(dataSource, work);
  if (dialectOf(dataSource) !== 'mysql') return run();
  return turnsOfProducers(dataSource).run(run, limitOfOwn(dataSource) ?? limitOfHost(dataSource));
}

/**
 * Runs something that has changed nothing when it fails, and for a bounded time anew while the database is away (MySQL, on
 * a data source of our own). What it runs must not wait for the database itself.
 *
 * @throws its error, also when the database does not come back in time; at once when it is not known what was changed
 */
export async function waitForDatabase<T>(dataSource: DataSource, run: () => Promise<T>): Promise<T> {
  let patience: Patience | undefined;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (isCommitOutcomeUnknown(error)) throw error;
      patience ??= patienceOf(dataSource);
      if (!(await patience.mayTryAgain(error))) throw error;
    }
  }
}

async function repeatConflicts<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const ownWork = async (manager: EntityManager): Promise<T> => {
    markOwnTransaction(manager);
    return work(manager);
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return dialectOf(dataSource) === 'mysql'
        ? await inMysqlTransaction(dataSource, ownWork)
        : await dataSource.transaction(ownWork);
    } catch (error) {
      if (isCommitOutcomeUnknown(error) || !isRetryable(error) || attempt >= MOST_TRIES) throw error;
      countConflict(dataSource);
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
  let connection: PoolConnection | null = null;
  try {
    connection = await connectForEngine(dataSource, runner);
    beginOfEngine(connection);
    // A connection executes its statements in the order in which they were sent.
    const level = isPinned(connection) || connection.promise().query(`SET ${READ_COMMITTED}`);
    await Promise.all([level, runner.startTransaction()]);
    const result = await work(runner.manager);
    await commit(dataSource, runner);
    return result;
  } catch (error) {
    await rollBack(runner, !isCommitOutcomeUnknown(error));
    throw error;
  } finally {
    if (connection) endOfEngine(connection);
    await runner.release();
  }
}

async function commit(dataSource: DataSource, runner: QueryRunner): Promise<void> {
  const evidence = takeEvidence(runner);
  try {
    await runner.commitTransaction();
  } catch (error) {
    if (!mayBeCommitted(error)) throw error;
    const isCommitted = evidence && (await findEvidence(dataSource, evidence));
    if (isCommitted === true) return;
    // Rolled back: the transaction failed as any other for which the database went away.
    if (isCommitted === false) throw error;
    throw new CommitOutcomeUnknownError(error as Error);
  }
}

/**
 * Looks up whether a transaction was committed whose COMMIT was not answered, on another connection. The read locks the
 * row, so that it waits for a transaction that is still being committed.
 *
 * @returns null when the database does not say, within a few seconds
 */
async function findEvidence(dataSource: DataSource, { table, id }: Evidence): Promise<boolean | null> {
  const until = performance.now() + Math.max(LOOK_UP_MS, patienceMsOf(dataSource));
  for (let pauseMs = FIRST_LOOK_UP_PAUSE_MS; performance.now() < until;) {
    try {
      const rows = await runAtOnce(dataSource, (runner) =>
        runner.query(`SELECT id FROM ${table} WHERE id = ? FOR UPDATE`, [id]),
      );
      return (rows as unknown[]).length > 0;
    } catch (error) {
      if (!isUnavailable(error) && !isRetryable(error)) return null;
      await wait(pauseMs);
      pauseMs = Math.min(2 * pauseMs, LONGEST_LOOK_UP_PAUSE_MS);
    }
  }
  return null;
}

/**
 * Never throws: the error to report is the one that made the rollback necessary.
 *
 * @param isUncommitted whether the transaction is known to have no effect
 */
async function rollBack(runner: QueryRunner, isUncommitted: boolean): Promise<void> {
  if (!runner.isTransactionActive) return;
  try {
    await runner.rollbackTransaction();
  } catch {
    // The connection is lost, which rolls the transaction back; TypeORM tells nobody of it.
    if (!isUncommitted) return;
    Object.assign(runner, { isTransactionActive: false });
    await runner.broadcaster.broadcast('AfterTransactionRollback').catch(() => undefined);
  }
}
