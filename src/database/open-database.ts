import type { Pool, PoolConnection } from 'mysql2';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { describeDatabase } from './data-source-options.js';
import { codeOf } from './database-errors.js';
import { type DataStep, migrateUnderLock, type SchemaStep } from './migrate.js';
import { ALL_MIGRATIONS } from './migrations/all-migrations.js';
import { serialiseSqlite } from './sqlite-transaction-queue.js';
import { makeSessionsReadCommitted } from './transactions.js';

/** The database cannot be opened. The message names its address without the password. */
export class DatabaseOpenError extends Error {
  override readonly name = 'DatabaseOpenError';
}

/**
 * Connects to the database and migrates its schema, before anything else is started.
 *
 * @param steps run after the migrations, under the same lock
 * @param dataSteps run after `steps`
 * @throws {DatabaseOpenError} when the database does not answer or refuses the login
 * @throws {MigrationLockError} when another instance holds the migration lock for too long
 */
export async function openDatabase(
  options: DataSourceOptions,
  steps: SchemaStep[],
  dataSteps: DataStep[] = [],
): Promise<DataSource> {
  const dataSource = new DataSource({
    ...options,
    migrations: ALL_MIGRATIONS,
    migrationsRun: false,
  });
  if (options.type === 'better-sqlite3') serialiseSqlite(dataSource);
  try {
    await dataSource.initialize();
  } catch (error) {
    throw toOpenError(options, error);
  }
  if (options.type === 'mysql') {
    keepPromiseInterfaces(dataSource);
    makeSessionsReadCommitted(dataSource);
  }
  try {
    await migrateUnderLock(dataSource, steps, dataSteps);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return dataSource;
}

function toOpenError(options: DataSourceOptions, error: unknown): DatabaseOpenError {
  const message = error instanceof Error ? error.message : String(error);
  // Where several addresses of one name refuse the connection, the error has no message.
  const what = message || codeOf(error) || 'no reason given';
  return new DatabaseOpenError(
    `The database ${describeDatabase(options)} cannot be opened: ${what}. Is it running, and is DATABASE_URL right?`,
    { cause: error },
  );
}

/**
 * Caches the promise interface of each connection. TypeORM asks for it at every statement, and the driver would make a
 * new emitter with its listeners each time, which is 20 % of the cost of a short statement.
 */
export function keepPromiseInterfaces(dataSource: DataSource): void {
  const { pool } = dataSource.driver as { pool?: Pool };
  pool?.on('connection', (connection: PoolConnection) => {
    const kept = connection.promise();
    connection.promise = () => kept;
  });
}
