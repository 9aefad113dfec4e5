import type { Pool, PoolConnection } from 'mysql2';
import type { DataSource } from 'typeorm';

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
