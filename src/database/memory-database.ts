import type { DataSource } from 'typeorm';

interface SqliteDriver {
  databaseConnection?: { memory: boolean };
  createDatabaseConnection(): Promise<unknown>;
  disconnect(): Promise<void>;
}

/**
 * Has a data source use the connection of another one where that is a SQLite database in memory, which nobody reaches by a
 * connection of his own. Closing the second leaves the connection open.
 *
 * @param other not initialised yet, of the same options
 */
export function shareMemoryDatabase(dataSource: DataSource, other: DataSource): void {
  if (dataSource.options.type !== 'better-sqlite3') return;
  const { databaseConnection: connection } = dataSource.driver as unknown as SqliteDriver;
  if (connection?.memory !== true) return;
  const shared: Pick<SqliteDriver, 'createDatabaseConnection' | 'disconnect'> = {
    createDatabaseConnection: () => Promise.resolve(connection),
    disconnect: () => Promise.resolve(),
  };
  Object.assign(other.driver, shared);
}
