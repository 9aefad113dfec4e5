import { DataSource, type EntitySchema, type MixedList } from 'typeorm';
import { dataSourceOptions, DatabaseUrlError } from './data-source-options.js';
import { dialectOf } from './dialect.js';
import type { DatabaseSsl } from './mysql-tls.js';
import { ownConnections } from './own-connections.js';

/** The injection token of the {@link ReplicaSource}; null: there is no replica. */
export const REPLICA = Symbol.for('posthorn.replica');

/** Where a read replica is, and when it may be used. */
export interface ReplicaAddress {
  /** `DATABASE_READ_URL`: as `DATABASE_URL`, of MySQL. */
  url: string;
  /** The most connections in its pool. */
  poolSize: number;
  /** TLS, where the URL says nothing of it. Default: none. */
  ssl?: DatabaseSsl;
  /** The longest time of a statement, milliseconds. */
  statementTimeoutMs: number;
  /** Past how many milliseconds behind the primary nothing is read from it. */
  maxLagMs: number;
  /** The entities of the tables that are read. */
  entities: MixedList<EntitySchema>;
}

/** A read replica whose connections are not open yet. */
export interface ReplicaSource {
  dataSource: DataSource;
  maxLagMs: number;
}

/**
 * Makes the data source of a read replica. Nothing connects yet: a replica that is away does not hold the start.
 *
 * @throws {DatabaseUrlError} for a malformed URL, and where the primary or the URL is SQLite; it names no password
 * @throws {DatabaseSslError} when a file of a certificate cannot be used
 */
export function makeReplicaSource(primary: DataSource, address: ReplicaAddress): ReplicaSource {
  if (dialectOf(primary) === 'sqlite' || address.url.startsWith('sqlite:')) {
    throw new DatabaseUrlError(
      'DATABASE_READ_URL names a read replica, which SQLite does not have. Remove it, or use MySQL for both.',
    );
  }
  const { entityPrefix } = primary.options;
  const dataSource = new DataSource({
    ...readOptions(address),
    ...(entityPrefix === undefined ? {} : { entityPrefix }),
    migrationsRun: false,
    synchronize: false,
  });
  ownConnections(dataSource, address.statementTimeoutMs, { mayBeReadOnly: true });
  return { dataSource, maxLagMs: address.maxLagMs };
}

function readOptions({ url, poolSize, ssl, entities }: ReplicaAddress) {
  try {
    return dataSourceOptions({ url, dataDir: '', poolSize, ...(ssl ? { ssl } : {}) }, entities);
  } catch (error) {
    if (!(error instanceof DatabaseUrlError)) throw error;
    throw new DatabaseUrlError(error.message.replaceAll('DATABASE_URL', 'DATABASE_READ_URL'));
  }
}
