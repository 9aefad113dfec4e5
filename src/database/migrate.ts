import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { checkStatements } from './checked-runner.js';
import { dialectOf } from './dialect.js';
import { MigrationLease } from './migration-lease.js';
import { writePlainSql } from './plain-schema.js';
import { liftServerLimits } from './server-limits.js';
import { liftDeadline, restoreDeadline } from './statement-deadlines.js';

/** A change of the schema that follows the migrations under the same lock. It does nothing where nothing is missing. */
export type SchemaStep = (runner: QueryRunner) => Promise<void>;

/** A change of stored data that follows the schema steps under the same lock. */
export interface DataStep {
  /** Whether there is anything to change. Asked without the lock, of a schema that is complete. */
  isPending(dataSource: DataSource): Promise<boolean>;
  run(dataSource: DataSource): Promise<void>;
}

/** A statement that changes something, where only reading was allowed. */
class ChangeNeeded extends Error {}

const READS = /^\s*(?:SELECT|SHOW)\b/i;

/**
 * Migrates the schema under a lock, one instance at a time: where two start together, the second waits and then finds
 * nothing to do. On MySQL the lock is a lease ({@link MigrationLease}), and a start that finds nothing to do needs none. On
 * SQLite a single write transaction is the lock. Every step can be repeated after an interruption.
 *
 * Data steps run in transactions of their own, so that an interrupted start keeps what they have done. On SQLite they
 * run without the lock, so another process may write between two of them.
 *
 * @throws {MigrationLockError} when another instance holds the lock for more than 120 s, or took it over
 */
export async function migrateUnderLock(
  dataSource: DataSource,
  steps: SchemaStep[] = [],
  dataSteps: DataStep[] = [],
): Promise<void> {
  const runner = dataSource.createQueryRunner();
  const migrate = async (plain: QueryRunner) => {
    await executorOn(dataSource, plain).executePendingMigrations();
    for (const step of steps) await step(plain);
  };
  const change = async () => {
    for (const step of dataSteps) if (await step.isPending(dataSource)) await step.run(dataSource);
  };
  try {
    if (dialectOf(dataSource) === 'sqlite') {
      await inOneTransaction(runner, () => migrate(runner));
      await change();
      return;
    }
    if (await isComplete(dataSource, runner, steps, dataSteps)) return;
    await withoutLimits(runner, () =>
      underLease(dataSource, runner, async (checked) => {
        await migrate(writePlainSql(checked));
        await change();
      }),
    );
  } finally {
    await runner.release();
  }
}

function executorOn(dataSource: DataSource, runner: QueryRunner): MigrationExecutor {
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = 'none';
  // Else it puts the name of the database before that of its table.
  return Object.assign(executor, { migrationsTable: tableOf(dataSource) });
}

function tableOf(dataSource: DataSource): string {
  return dataSource.options.migrationsTableName ?? 'migrations';
}

/**
 * Whether a start would change nothing. The schema steps run on a runner that only reads: the first statement that would
 * change something is the answer.
 */
async function isComplete(
  dataSource: DataSource,
  runner: QueryRunner,
  steps: SchemaStep[],
  dataSteps: DataStep[],
): Promise<boolean> {
  const reading = checkStatements(runner, (sql) => {
    if (!READS.test(sql)) throw new ChangeNeeded(sql);
  });
  const plain = writePlainSql(reading);
  try {
    if ((await executorOn(dataSource, plain).getPendingMigrations()).length > 0) return false;
    for (const step of steps) await step(plain);
  } catch (error) {
    if (error instanceof ChangeNeeded) return false;
    throw error;
  }
  for (const step of dataSteps) if (await step.isPending(dataSource)) return false;
  return true;
}

/** Lets the statements of a connection take as long as they take: changing a large table does. */
async function withoutLimits(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  const connection = (await runner.connect()) as object;
  liftDeadline(connection);
  const restoreLimits = await liftServerLimits(runner);
  try {
    await work();
  } finally {
    await restoreLimits();
    restoreDeadline(connection);
  }
}

async function underLease(
  dataSource: DataSource,
  runner: QueryRunner,
  work: (checked: QueryRunner) => Promise<void>,
): Promise<void> {
  const lease = await MigrationLease.obtain(dataSource, writePlainSql(runner), {
    table: `${tableOf(dataSource)}_lock`,
  });
  try {
    await work(checkStatements(runner, () => lease.check(runner)));
  } finally {
    await lease.release(runner);
  }
}

async function inOneTransaction(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  await runner.startTransaction();
  try {
    await work();
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction();
    throw error;
  }
}
