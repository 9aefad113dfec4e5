import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { dialectOf } from './dialect.js';
import { writePlainSql } from './plain-schema.js';
import { liftServerLimits } from './server-limits.js';
import { liftDeadline, restoreDeadline } from './statement-deadlines.js';

/** How long an instance waits for the migration lock, seconds. */
const LONGEST_WAIT_S = 120;

/** Another instance held the migration lock for too long. */
export class MigrationLockError extends Error {
  override readonly name = 'MigrationLockError';
}

/** A change of the schema that follows the migrations under the same lock. */
export type SchemaStep = (runner: QueryRunner) => Promise<void>;

/** A change of stored data that follows the schema steps under the same lock. */
export type DataStep = (dataSource: DataSource) => Promise<void>;

/**
 * Migrates the schema under a lock, one instance at a time: where two start together, the second waits and then finds
 * nothing to do. On MySQL the lock is a named one (`GET_LOCK`), which ends with its connection, so that a killed
 * instance leaves none behind. On SQLite a single write transaction is the lock. Every step can be repeated after an
 * interruption.
 *
 * Data steps run in transactions of their own, so that an interrupted start keeps what they have done. On SQLite they
 * run without the lock, so another process may write between two of them.
 *
 * @throws {MigrationLockError} when another instance holds the lock for more than 120 s
 */
export async function migrateUnderLock(
  dataSource: DataSource,
  steps: SchemaStep[] = [],
  dataSteps: DataStep[] = [],
): Promise<void> {
  const runner = dataSource.createQueryRunner();
  const migrate = async () => {
    const plain = writePlainSql(runner);
    const executor = new MigrationExecutor(dataSource, plain);
    executor.transaction = 'none';
    // Else it puts the name of the database before that of its table.
    const { migrationsTableName: migrationsTable = 'migrations' } = dataSource.options;
    Object.assign(executor, { migrationsTable });
    await executor.executePendingMigrations();
    for (const step of steps) await step(plain);
  };
  const change = async () => {
    for (const step of dataSteps) await step(dataSource);
  };
  try {
    if (dialectOf(dataSource) === 'mysql') {
      const connection = (await runner.connect()) as object;
      liftDeadline(connection);
      const restoreLimits = await liftServerLimits(runner);
      try {
        await underNamedLock(runner, async () => {
          await migrate();
          await change();
        });
      } finally {
        await restoreLimits();
        restoreDeadline(connection);
      }
    } else {
      await inOneTransaction(runner, migrate);
      await change();
    }
  } finally {
    await runner.release();
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

async function underNamedLock(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  const name = `posthorn-migrations:${String(runner.dataSource.options.database).slice(0, 40)}`;
  // By its place: Vitess' gate names the column as it likes.
  const [row = {}] = (await runner.query('SELECT GET_LOCK(?, ?)', [name, LONGEST_WAIT_S])) as object[];
  const [held] = Object.values(row) as unknown[];
  if (Number(held) !== 1) {
    throw new MigrationLockError(
      `Another instance has held the migration lock for more than ${LONGEST_WAIT_S} s. See what it does, then start again.`,
    );
  }
  try {
    await work();
  } finally {
    await runner.query('SELECT RELEASE_LOCK(?)', [name]);
  }
}
