import { DataSource, type DataSourceOptions } from 'typeorm';
import { describeDatabase } from './data-source-options.js';
import { codeOf } from './database-errors.js';
import { type DataStep, migrateUnderLock, type SchemaStep } from './migrate.js';
import { ALL_MIGRATIONS } from './migrations/all-migrations.js';
import { describeTlsFailure } from './mysql-tls.js';
import { connectToAny } from './database-hosts.js';
import { DEFAULT_STATEMENT_TIMEOUT_MS, ownConnections } from './own-connections.js';
import { DEFAULT_PATIENCE_MS } from './patience.js';
import { DatabaseSessionError } from './session-settings.js';
import { serialiseSqlite } from './sqlite-transaction-queue.js';

/** The database cannot be opened. The message names its address without the password. */
export class DatabaseOpenError extends Error {
  override readonly name = 'DatabaseOpenError';
}

/** How long statements may take on MySQL. */
export interface StatementBounds {
  /** The longest time of a statement, except for migrations, milliseconds. Default: 10,000. */
  statementTimeoutMs: number;
  /** How long a database that is away is waited for, once it was there, milliseconds. Default: 3,000. */
  patienceMs: number;
}

/**
 * Connects to the database and migrates its schema, before anything else is started.
 *
 * @param steps run after the migrations, under the same lock
 * @param dataSteps run after `steps`
 * @throws {DatabaseOpenError} when the database does not answer or refuses the login
 * @throws {DatabaseSessionError} when the server does not take the settings of a session
 * @throws {MigrationLockError} when another instance holds the migration lock for too long
 */
export async function openDatabase(
  options: DataSourceOptions,
  steps: SchemaStep[],
  dataSteps: DataStep[] = [],
  bounds: Partial<StatementBounds> = {},
): Promise<DataSource> {
  const dataSource = await connectDatabase({ ...options, migrations: ALL_MIGRATIONS }, bounds);
  try {
    await migrateUnderLock(dataSource, steps, dataSteps);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return dataSource;
}

/**
 * Connects to a database by connections of our own. Nothing is migrated.
 *
 * @throws {DatabaseOpenError} when the database does not answer or refuses the login
 * @throws {DatabaseSessionError} when the server does not take the settings of a session
 */
export async function connectDatabase(
  options: DataSourceOptions,
  {
    statementTimeoutMs = DEFAULT_STATEMENT_TIMEOUT_MS,
    patienceMs = DEFAULT_PATIENCE_MS,
  }: Partial<StatementBounds> = {},
): Promise<DataSource> {
  const dataSource = new DataSource({ ...options, migrationsRun: false });
  if (options.type === 'better-sqlite3') serialiseSqlite(dataSource);
  if (options.type === 'mysql') ownConnections(dataSource, statementTimeoutMs, { patienceMs });
  try {
    await connectToAny(dataSource);
    return dataSource;
  } catch (error) {
    throw toOpenError(options, error);
  }
}

function toOpenError(options: DataSourceOptions, error: unknown): Error {
  if (error instanceof DatabaseSessionError) return error;
  const where = describeDatabase(options);
  const tls = describeTlsFailure(error);
  if (tls !== null) {
    return new DatabaseOpenError(`The database ${where} cannot be opened: ${tls}.`, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  // Where several addresses of one name refuse the connection, the error has no message.
  const what = message || codeOf(error) || 'no reason given';
  return new DatabaseOpenError(
    `The database ${where} cannot be opened: ${what}. Is it running, and is DATABASE_URL right?`,
    { cause: error },
  );
}
