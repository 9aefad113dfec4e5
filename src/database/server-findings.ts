import type { DataSource, QueryRunner } from 'typeorm';
import { ClockEntity } from './clock-steps.entity.js';
import { isRetryable } from './database-errors.js';
import { dialectOf, forUpdate, shareLocked, skipLocked, tableOf } from './dialect.js';
import { isPinned } from './own-connections.js';
import { findUnpinned, findUnsafeSetting } from './session-settings.js';
import { READ_VARIABLES, toVariables } from './session-variables.js';
import { obtainWithin } from './statement-deadlines.js';

/** How long a connection, and a read of a locked row, is waited for, milliseconds. */
const PATIENCE_MS = 2_000;

/** How many connections a pool has where nothing is said: the driver's default. */
const DEFAULT_POOL_SIZE = 10;

/** The engines that are told apart; whatever else speaks MySQL's protocol counts as `mysql`. */
export type Engine = 'sqlite' | 'mysql' | 'mariadb' | 'oceanbase' | 'tidb' | 'vitess';

/** What a database server said and did when it was asked. */
export interface ServerFindings {
  engine: Engine;
  /** As the server gives it: `10.11.14-MariaDB-…`. */
  version: string;
  /** What a session has other than it was set to, as a clause; null: nothing. */
  sessionProblem: string | null;
  /**
   * What a read with SKIP LOCKED does at a row that another transaction has locked: it leaves the row out (`skipped`), reads
   * it as if it were free (`ignored`), or waits (`awaited`). Null: not asked, or SQLite, which locks no rows.
   */
  lockedRows: 'skipped' | 'ignored' | 'awaited' | null;
  /** Whether a shared lock keeps others from locking the row for a change. Null: as {@link lockedRows}. */
  sharedLocks: 'held' | 'ignored' | null;
  /** Why the locks could not be asked for, as a sentence; null: they were, or there are none. */
  unasked: string | null;
}

/** Tells an engine by what it says of itself. @param comment `@@version_comment` */
export function nameEngine(version: string, comment: string): Engine {
  const said = `${version} ${comment}`;
  if (/oceanbase|seekdb/i.test(said)) return 'oceanbase';
  if (/tidb/i.test(said)) return 'tidb';
  if (/vitess/i.test(said)) return 'vitess';
  return /mariadb/i.test(said) ? 'mariadb' : 'mysql';
}

/**
 * Asks a database what it is and what it does. Whether a locked row is skipped is tried out: one connection locks a row
 * and another one reads it. A server that takes the words and does something else shows it here.
 *
 * @throws the driver's error where not even the version can be read
 */
export async function askServer(dataSource: DataSource): Promise<ServerFindings> {
  if (dialectOf(dataSource) === 'sqlite') return askSqlite(dataSource);
  const [said] = await dataSource.query<{ server_version: string; server_comment: string }[]>(
    'SELECT VERSION() AS server_version, @@version_comment AS server_comment',
  );
  const version = String(said?.server_version ?? '');
  const engine = nameEngine(version, String(said?.server_comment ?? ''));
  return { engine, version, ...(await askTwo(dataSource)) };
}

async function askSqlite(dataSource: DataSource): Promise<ServerFindings> {
  const [said] = await dataSource.query<{ version: string }[]>('SELECT sqlite_version() AS version');
  return {
    engine: 'sqlite',
    version: said?.version ?? '',
    sessionProblem: null,
    lockedRows: null,
    sharedLocks: null,
    unasked: null,
  };
}

type OfSessions = Pick<ServerFindings, 'sessionProblem' | 'lockedRows' | 'sharedLocks' | 'unasked'>;

async function askTwo(dataSource: DataSource): Promise<OfSessions> {
  const runners = Array.from({ length: Math.min(2, poolSizeOf(dataSource)) }, () =>
    dataSource.createQueryRunner(),
  );
  const [holder, reader] = runners;
  let sessionProblem: string | null = null;
  try {
    for (const runner of runners) sessionProblem ??= await findProblem(runner);
    if (!holder || !reader) {
      const unasked = 'The pool has one connection: how locks behave is asked with two.';
      return { sessionProblem, lockedRows: null, sharedLocks: null, unasked };
    }
    const lockedRows = await askForLocked(dataSource, holder, reader);
    const sharedLocks = await askForShared(dataSource, holder, reader);
    return { sessionProblem, lockedRows, sharedLocks, unasked: null };
  } catch (error) {
    const unasked = `How locks behave could not be asked: ${(error as Error).message}`;
    return { sessionProblem, lockedRows: null, sharedLocks: null, unasked };
  } finally {
    for (const runner of runners) await rollBack(runner);
    for (const runner of runners) await runner.release();
  }
}

function poolSizeOf({ options }: DataSource): number {
  const { poolSize, extra } = options as { poolSize?: number; extra?: { connectionLimit?: number } };
  return extra?.connectionLimit ?? poolSize ?? DEFAULT_POOL_SIZE;
}

/** Reads the settings of a session as they are now: a pooler between may have given it another one since they were set. */
async function findProblem(runner: QueryRunner): Promise<string | null> {
  const connection = await obtainWithin(PATIENCE_MS, () => runner.connect());
  const variables = toVariables((await runner.query(READ_VARIABLES)) as object[]);
  return isPinned(connection) ? findUnpinned(variables) : findUnsafeSetting(variables);
}

async function askForLocked(
  dataSource: DataSource,
  holder: QueryRunner,
  reader: QueryRunner,
): Promise<ServerFindings['lockedRows']> {
  await lock(dataSource, holder, forUpdate(dataSource));
  const reading = readRow(dataSource, reader, skipLocked(dataSource));
  const end = await within(PATIENCE_MS, reading);
  // Whoever waits is let go, and comes to the end of its statement.
  await rollBack(holder);
  await reading;
  if (end === 'read') return 'ignored';
  return end === 'left out' ? 'skipped' : 'awaited';
}

async function askForShared(
  dataSource: DataSource,
  holder: QueryRunner,
  reader: QueryRunner,
): Promise<ServerFindings['sharedLocks']> {
  await lock(dataSource, holder, shareLocked(dataSource));
  const reading = readRow(dataSource, reader, skipLocked(dataSource));
  const end = await within(PATIENCE_MS, reading);
  await rollBack(holder);
  await reading;
  return end === 'read' ? 'ignored' : 'held';
}

async function lock(dataSource: DataSource, runner: QueryRunner, lockingEnd: string): Promise<void> {
  await runner.startTransaction();
  if ((await readRow(dataSource, runner, lockingEnd)) === 'read') return;
  throw new Error('the row that was to be locked is locked by another instance, or missing.');
}

/** @returns what came of the read; `gave up`: the server ended a wait */
async function readRow(
  dataSource: DataSource,
  runner: QueryRunner,
  lockingEnd: string,
): Promise<'read' | 'left out' | 'gave up'> {
  try {
    const rows = (await runner.query(
      `SELECT id FROM ${tableOf(dataSource, ClockEntity)} WHERE id = 1${lockingEnd}`,
    )) as unknown[];
    return rows.length > 0 ? 'read' : 'left out';
  } catch (error) {
    if (isRetryable(error)) return 'gave up';
    throw error;
  }
}

/** @returns null where it takes longer */
async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Never throws: the connection may be lost, which ends the transaction. */
async function rollBack(runner: QueryRunner): Promise<void> {
  if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
}
