import { DataSource, type DataSourceOptions } from 'typeorm';
import { describeDatabase } from './data-source-options.js';
import { codeOf } from './database-errors.js';
import { type DataStep, migrateUnderLock, type SchemaStep } from './migrate.js';
import { ALL_MIGRATIONS } from './migrations/all-migrations.js';
import { makeSessionsReadCommitted } from './transactions.js';
import { serialiseSqlite } from './sqlite-transaction-queue.js';
import type { Pool, PoolConnection } from 'mysql2';

/** The database cannot be opened at the start. Its message names where it is, without the password. */
export class DatabaseOpenError extends Error {
  override readonly name = 'DatabaseOpenError';
}

/**
 * Connects and brings the schema up to date, before anything else is started.
 *
 * @param steps what follows the migrations, under the same lock
 * @param dataSteps what follows these
 * @throws {DatabaseOpenError} when there is nothing that answers, or it lets nobody in
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
    throw openError(options, error);
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

function openError(options: DataSourceOptions, error: unknown): DatabaseOpenError {
  const message = error instanceof Error ? error.message : String(error);
  // A refused connection to several addresses of one name comes without a message of its own.
  const what = message || codeOf(error) || 'no reason given';
  return new DatabaseOpenError(
    `The database ${describeDatabase(options)} cannot be opened: ${what}. Is it running, and is DATABASE_URL right?`,
    { cause: error },
  );
}

/**
 * Has each connection of a data source make its promise interface once. TypeORM asks for it at every statement, and the
 * driver would make a new emitter with its listeners each time, a fifth of what a short statement costs.
 */
export function keepPromiseInterfaces(dataSource: DataSource): void {
  const { pool } = dataSource.driver as { pool?: Pool };
  pool?.on('connection', (connection: PoolConnection) => {
    const kept = connection.promise();
    connection.promise = () => kept;
  });
}
