import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { dialectOf } from './dialect.js';

const LONGEST_WAIT_S = 120;

/** Another instance held the migration lock for too long. */
export class MigrationLockError extends Error {
  override readonly name = 'MigrationLockError';
}

/** What else changes the schema, after the migrations and under the same lock. */
export type SchemaStep = (runner: QueryRunner) => Promise<void>;

/** What is made of data that is there already, after the schema is up to date and under the same lock. */
export type DataStep = (dataSource: DataSource) => Promise<void>;

/**
 * Brings the schema up to date, one instance at a time: of two that start together the second waits and finds
 * nothing to do. On MySQL the lock belongs to a connection, so that a killed instance leaves none behind; on SQLite
 * one write transaction is the lock and holds all of it. Every step can be run again after it was cut off.
 *
 * Steps that change data follow in transactions of their own, so that on both a start which is killed keeps what it
 * has done. On SQLite another process may come between two of those, so they bring what they need to be right then.
 */
export async function migrateUnderLock(
  dataSource: DataSource,
  steps: SchemaStep[] = [],
  dataSteps: DataStep[] = [],
): Promise<void> {
  const runner = dataSource.createQueryRunner();
  const migrate = async () => {
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'none';
    await executor.executePendingMigrations();
    for (const step of steps) await step(runner);
  };
  const change = async () => {
    for (const step of dataSteps) await step(dataSource);
  };
  try {
    if (dialectOf(dataSource) === 'mysql') {
      await underNamedLock(runner, async () => {
        await migrate();
        await change();
      });
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
  const [row] = (await runner.query('SELECT GET_LOCK(?, ?) AS held', [name, LONGEST_WAIT_S])) as {
    held: number | string | null;
  }[];
  if (Number(row?.held) !== 1) {
    throw new MigrationLockError(
      `Another instance has been migrating the database for more than ${LONGEST_WAIT_S} s. Look at what it does, then start again.`,
    );
  }
  try {
    await work();
  } finally {
    await runner.query('SELECT RELEASE_LOCK(?)', [name]);
  }
}
