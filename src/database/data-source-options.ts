import { mkdirSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { restrictSqliteFile } from './restrict-sqlite-file.js';
import type { DataSourceOptions, MixedList, EntitySchema } from 'typeorm';
import { DatabaseHosts, hostsOf } from './database-hosts.js';
import { buildDriverTls, type DatabaseSsl, NO_SSL } from './mysql-tls.js';
import { DatabaseUrlError, parseMysqlUrl } from './mysql-url.js';

/** Where the database is. */
export interface DatabaseAddress {
  /** `DATABASE_URL`: `mysql://user:pass@host:port/name?ssl-mode=…`, with several hosts in commas, `mariadb://…` or `sqlite:PATH`; null: SQLite in the data directory. */
  url: string | null;
  /** The folder of the default SQLite file. A relative path in the URL starts in the working directory. */
  dataDir: string;
  /** The most connections in a MySQL pool. */
  poolSize: number;
  /** TLS to MySQL, where the URL says nothing of it. Default: none. */
  ssl?: DatabaseSsl;
}

export { DatabaseUrlError };

/**
 * Turns an address into TypeORM's options. A SQLite file and its folder are made where they are missing.
 *
 * @throws {DatabaseUrlError} when the address is malformed or has an unknown parameter; its message names no password
 * @throws {DatabaseSslError} when a file of a certificate cannot be used
 */
export function dataSourceOptions(
  address: DatabaseAddress,
  entities: MixedList<EntitySchema>,
): DataSourceOptions {
  const url = address.url ?? `sqlite:${join(address.dataDir, 'posthorn.sqlite')}`;
  if (url.startsWith('sqlite:')) {
    const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '') throw new DatabaseUrlError('DATABASE_URL is "sqlite:" without a path behind it.');
    if (path.includes('?')) {
      throw new DatabaseUrlError('DATABASE_URL has a "?" behind sqlite:PATH, which takes no parameters.');
    }
    const database = path === ':memory:' || isAbsolute(path) ? path : join(process.cwd(), path);
    if (database !== ':memory:') {
      mkdirSync(dirname(database), { recursive: true });
      restrictSqliteFile(database);
    }
    return { type: 'better-sqlite3', database, entities, enableWAL: true, prepareDatabase: prepareSqlite };
  }
  const { ssl, socketPath, hosts, ...server } = parseMysqlUrl(url, address.ssl ?? NO_SSL);
  const tls = buildDriverTls(ssl, server);
  return {
    ...server,
    ...(socketPath === null ? {} : { socketPath }),
    ...(tls.ssl ? { ssl: tls.ssl } : {}),
    type: 'mysql',
    entities,
    // BIGINT columns hold epoch milliseconds, which a number holds exactly.
    supportBigNumbers: true,
    bigNumberStrings: false,
    charset: 'utf8mb4',
    poolSize: address.poolSize,
    // Where there are several hosts, one that takes the connection and says nothing is left sooner.
    connectTimeout: hosts.length > 1 ? 3_000 : 10_000,
    // Without the driver's stack trace per statement, 5 % of the cost of a change; TypeORM's error has one.
    trace: false,
    // A transaction is begun in the packet of its first statement; a text with two statements is refused before it is sent.
    multipleStatements: true,
    extra: {
      enableKeepAlive: true,
      maxIdle: address.poolSize,
      ...(hosts.length > 1
        ? { stream: new DatabaseHosts(hosts).stream }
        : tls.stream
          ? { stream: tls.stream }
          : {}),
    },
  };
}

/** Describes where the database is, without its password, for the log. */
export function describeDatabase(options: DataSourceOptions): string {
  if (options.type === 'better-sqlite3') return `sqlite:${options.database}`;
  const { host, port, database } = options as { host?: string; port?: number; database?: string };
  return `mysql://${hostsOf(options) ?? `${host}:${port}`}/${database}`;
}

interface SqliteConnection {
  pragma(statement: string): unknown;
}

function prepareSqlite(connection: SqliteConnection): void {
  connection.pragma('busy_timeout = 5000');
  // A commit must survive a power cut.
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('cache_size = -64000');
}
