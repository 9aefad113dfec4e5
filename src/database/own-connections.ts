import type { Pool, PoolConnection } from 'mysql2';
import type { DataSource, QueryRunner } from 'typeorm';
import { isForAtOnce } from './at-once.js';
import { beginWithFirstStatement, forgetBegin } from './begin-with-first-statement.js';
import { isAway, isOutsideOfCluster, isReadOnly } from './database-errors.js';
import { type DatabaseHosts, type HostAddress, hostsOf } from './database-hosts.js';
import { Outage } from './outage.js';
import { Patience } from './patience.js';
import { pinSession } from './pin-session.js';
import { repeatReads } from './repeat-reads.js';
import {
  DatabaseDeadlineError,
  DatabaseGivenUpError,
  destroyLate,
  obtainWithin,
  setDeadlines,
} from './statement-deadlines.js';

/** How long a statement may take unless a setting says otherwise, milliseconds. */
export const DEFAULT_STATEMENT_TIMEOUT_MS = 10_000;

/** The part of TypeORM's MySQL driver that hands out connections. */
interface ConnectionSource {
  obtainMasterConnection(): Promise<PoolConnection>;
  createQueryRunner(mode: 'master' | 'slave'): QueryRunner;
  createPool(...args: unknown[]): Promise<Pool>;
  disconnect(): Promise<void>;
}

/** How long a stop waits for a statement, milliseconds. */
const STOP_TIMEOUT_MS = 3_000;

/** How much longer it waits for the other statements when one took too long, milliseconds. */
const LAST_CHANCE_MS = 500;

const pinned = new WeakSet<object>();
const connectionsOf = new WeakMap<DataSource, OwnConnections>();

/** Whether a connection is ours, with settings that were pinned and read back. */
export function isPinned(connection: object): boolean {
  return pinned.has(connection);
}

/**
 * Makes the connections of a data source ours, before it is initialised. A connection that is handed out has the
 * settings of {@link pinSession}, read back; its statements have a deadline; and when the server turns out to be
 * read-only, every connection to it is dropped, so that the next ones find the server that can be written to. While the
 * database is away, a connection is waited for, and what was read outside of a transaction is read again.
 *
 * Only for a data source of our own: it would also change the statements of a host.
 *
 * @param timeoutMs the longest time of a statement, and of the wait for a connection
 * @param options mayBeReadOnly: whether a read-only server will do, for what only reads. Default: no. patienceMs: how long
 *   a database that is away is waited for. Default: 0, not at all
 */
export function ownConnections(
  dataSource: DataSource,
  timeoutMs: number,
  options: { mayBeReadOnly?: boolean; patienceMs?: number } = {},
): void {
  const driver = dataSource.driver as unknown as ConnectionSource;
  const obtain = driver.obtainMasterConnection.bind(driver);
  const connections = new OwnConnections(dataSource, obtain, timeoutMs, options);
  connectionsOf.set(dataSource, connections);
  driver.obtainMasterConnection = () => connections.obtain();
  if (connections.patienceMs > 0) {
    const createQueryRunner = driver.createQueryRunner.bind(driver);
    driver.createQueryRunner = (mode) =>
      repeatReads(createQueryRunner(mode), () => connections.beginPatience());
  }
  const createPool = driver.createPool.bind(driver);
  driver.createPool = async (...args) => {
    const pool = await createPool(...args);
    pool.on('release', (connection) => connections.released(connection));
    return pool;
  };
  const disconnect = driver.disconnect.bind(driver);
  driver.disconnect = () => connections.end(disconnect);
}

/**
 * Lets statements of a data source of our own take three seconds at the most from now on, because the process stops.
 * After one that took longer, none is sent any more, and those that are out have half a second left. Does nothing for
 * other data sources.
 */
export function hurryStatements(dataSource: DataSource): void {
  connectionsOf.get(dataSource)?.hurry();
}

/** How long a connection of a data source of our own is waited for, milliseconds; undefined: it is not ours. */
export function limitOfOwn(dataSource: DataSource): number | undefined {
  return connectionsOf.get(dataSource)?.limitMs;
}

/** For how long something is tried again while the database of a data source is away; on one that is not ours it is not. */
export function patienceOf(dataSource: DataSource): Patience {
  return connectionsOf.get(dataSource)?.beginPatience() ?? new Patience(0, null);
}

/** How long a data source waits for its database, milliseconds; 0 for one that is not ours. */
export function patienceMsOf(dataSource: DataSource): number {
  return connectionsOf.get(dataSource)?.patienceMs ?? 0;
}

class OwnConnections {
  /** Connections that nobody uses now. */
  private readonly idle = new Set<PoolConnection>();
  /** Connections to a server that was found to be read-only. */
  private readonly stale = new WeakSet<PoolConnection>();
  private readonly all = new Set<PoolConnection>();
  /** Given back since the stop began. */
  private readonly wasReleased = new WeakSet<PoolConnection>();
  /** Ends the waits for a connection that are on now. */
  private readonly waits = new Set<() => void>();
  private readonly hosts: DatabaseHosts | null;
  private readonly outage = new Outage(() => this.look());
  limitMs: number;
  private isStopping = false;
  private hasGivenUp = false;

  /** @param obtainFromPool gives a connection as the driver does */
  constructor(
    private readonly dataSource: DataSource,
    private readonly obtainFromPool: () => Promise<PoolConnection>,
    private readonly timeoutMs: number,
    private readonly options: { mayBeReadOnly?: boolean; patienceMs?: number },
  ) {
    this.limitMs = timeoutMs;
    this.hosts = hostsOf(dataSource.options);
  }

  get patienceMs(): number {
    return this.isStopping ? 0 : (this.options.patienceMs ?? 0);
  }

  beginPatience(): Patience {
    return new Patience(this.patienceMs, this.outage);
  }

  /**
   * Gives a connection that can be used. A database that is away is waited for, unless the connection is wanted at once.
   *
   * @throws {DatabaseSessionError} @throws {DatabaseReadOnlyError} @throws {DatabaseDeadlineError}
   */
  async obtain(): Promise<PoolConnection> {
    const mayWait = !isForAtOnce();
    let patience: Patience | undefined;
    for (;;) {
      try {
        return await (this.hosts ? this.obtainFromAny(this.hosts) : this.obtainOnce());
      } catch (error) {
        if (!mayWait) throw error;
        patience ??= this.beginPatience();
        if (!(await patience.mayTryAgain(error))) throw error;
      }
    }
  }

  /** Tries each host once, beginning with the one in use. */
  private async obtainFromAny(hosts: DatabaseHosts): Promise<PoolConnection> {
    for (let tried = 1; ; tried += 1) {
      const host = hosts.current;
      try {
        return await this.obtainOnce();
      } catch (error) {
        if (!isAway(error)) throw error;
        hosts.leave(host);
        if (tried >= hosts.count || this.isStopping) throw error;
      }
    }
  }

  /** Gets a connection and gives it back. */
  private async look(): Promise<void> {
    const connection = await (this.hosts ? this.obtainFromAny(this.hosts) : this.obtainOnce());
    connection.release();
  }

  private async obtainOnce(): Promise<PoolConnection> {
    for (;;) {
      if (this.hasGivenUp) throw new DatabaseGivenUpError();
      const connection = await this.noteLate(obtainWithin(this.limitMs, this.obtainFromPool, this.waits));
      this.idle.delete(connection);
      if (this.stale.has(connection)) {
        connection.destroy();
        continue;
      }
      if (!pinned.has(connection)) await this.prepare(connection);
      return connection;
    }
  }

  released(connection: PoolConnection): void {
    forgetBegin(connection);
    if (this.isStopping) this.wasReleased.add(connection);
    if (this.stale.has(connection)) connection.destroy();
    else if (this.all.has(connection)) this.idle.add(connection);
  }

  private async prepare(connection: PoolConnection): Promise<void> {
    // TypeORM asks for the promise interface at every statement, and the driver would make a new emitter with its
    // listeners each time, which is 20 % of the cost of a short statement.
    const promises = connection.promise();
    connection.promise = () => promises;
    setDeadlines(
      connection,
      () => this.limitMs,
      (error) => this.note(error, connection),
    );
    try {
      await pinSession(connection, this.timeoutMs, this.options.mayBeReadOnly ? null : this.migrationsTable);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    beginWithFirstStatement(connection);
    pinned.add(connection);
    this.all.add(connection);
    const forget = () => {
      this.all.delete(connection);
      this.idle.delete(connection);
    };
    connection.once('end', forget);
    connection.once('error', forget);
  }

  hurry(): void {
    if (this.isStopping) return;
    this.isStopping = true;
    this.limitMs = Math.min(this.timeoutMs, STOP_TIMEOUT_MS);
    this.outage.end();
    const waits = [...this.waits];
    const busy = [...this.all].filter((connection) => !this.idle.has(connection));
    setTimeout(() => {
      // Nobody has given them back meanwhile: what is out on them was sent before the stop began.
      for (const connection of busy) {
        if (this.all.has(connection) && !this.wasReleased.has(connection))
          destroyLate(connection, this.limitMs);
      }
      for (const giveUp of waits) if (this.waits.has(giveUp)) giveUp();
    }, this.limitMs).unref();
  }

  /** A database that does not answer is not waited for. */
  async end(disconnect: () => Promise<void>): Promise<void> {
    this.outage.end();
    const ending = disconnect();
    if (!this.hasGivenUp) return ending;
    ending.catch(() => undefined);
    for (const connection of this.all) destroyLate(connection, this.limitMs);
  }

  private get migrationsTable(): string {
    return this.dataSource.options.migrationsTableName ?? 'migrations';
  }

  private async noteLate<T>(obtaining: Promise<T>): Promise<T> {
    try {
      return await obtaining;
    } catch (error) {
      this.note(error);
      throw error;
    }
  }

  private note(error: unknown, connection?: PoolConnection): void {
    if (isReadOnly(error) || isOutsideOfCluster(error)) {
      if (connection) this.hosts?.leave(connection.config as HostAddress);
      this.dropAll();
    }
    if (this.isStopping && error instanceof DatabaseDeadlineError) this.giveUp();
  }

  /** Without this the stop would wait up to three seconds more, for a statement that was sent a moment ago. */
  private giveUp(): void {
    if (this.hasGivenUp) return;
    this.hasGivenUp = true;
    setTimeout(() => {
      for (const connection of this.all) {
        if (!this.idle.has(connection)) destroyLate(connection, this.limitMs);
      }
      for (const endWait of this.waits) endWait();
    }, LAST_CHANCE_MS).unref();
  }

  /** Whoever uses one of them finishes the statement that is out, and the connection is dropped when it is released. */
  private dropAll(): void {
    for (const connection of this.all) this.stale.add(connection);
    for (const connection of this.idle) connection.destroy();
    this.idle.clear();
  }
}
