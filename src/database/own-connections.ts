import type { Pool, PoolConnection } from 'mysql2';
import type { DataSource } from 'typeorm';
import { beginWithFirstStatement, forgetBegin } from './begin-with-first-statement.js';
import { isReadOnly } from './database-errors.js';
import { DatabaseReadOnlyError, findReadOnly } from './read-only.js';
import { DatabaseSessionError, findUnpinned, pinStatements } from './session-settings.js';
import { READ_VARIABLES, toVariables } from './session-variables.js';
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
 * settings of {@link pinStatements}, read back; its statements have a deadline; and when the server turns out to be
 * read-only, every connection to it is dropped, so that the next ones find the server that can be written to.
 *
 * Only for a data source of our own: it would also change the statements of a host.
 *
 * @param timeoutMs the longest time of a statement, and of the wait for a connection
 * @param options mayBeReadOnly: whether a read-only server will do, for what only reads. Default: no
 */
export function ownConnections(
  dataSource: DataSource,
  timeoutMs: number,
  { mayBeReadOnly = false } = {},
): void {
  const driver = dataSource.driver as unknown as ConnectionSource;
  const connections = new OwnConnections(dataSource, timeoutMs, mayBeReadOnly);
  connectionsOf.set(dataSource, connections);
  const obtain = driver.obtainMasterConnection.bind(driver);
  driver.obtainMasterConnection = () => connections.obtain(obtain);
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
  limitMs: number;
  private isStopping = false;
  private hasGivenUp = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly timeoutMs: number,
    private readonly mayBeReadOnly: boolean,
  ) {
    this.limitMs = timeoutMs;
  }

  /** @throws {DatabaseSessionError} @throws {DatabaseReadOnlyError} @throws {DatabaseDeadlineError} */
  async obtain(obtain: () => Promise<PoolConnection>): Promise<PoolConnection> {
    for (;;) {
      if (this.hasGivenUp) throw new DatabaseGivenUpError();
      const connection = await this.noteLate(obtainWithin(this.limitMs, obtain, this.waits));
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
      (error) => this.note(error),
    );
    try {
      await this.pin(connection);
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

  private async pin(connection: PoolConnection): Promise<void> {
    const lockWaitSeconds = Math.max(1, Math.floor((this.timeoutMs * 0.8) / 1_000));
    const send = (sql: string) => connection.promise().query(sql);
    // A connection executes its statements in the order in which they were sent.
    const sent = await Promise.all([...pinStatements(lockWaitSeconds), READ_VARIABLES].map(send));
    const [rows] = sent.at(-1) ?? [[]];
    const variables = toVariables(rows as object[]);
    const wrong = findUnpinned(variables);
    if (wrong !== null) {
      throw new DatabaseSessionError(`The database does not keep the settings of a session: ${wrong}.`);
    }
    if (this.mayBeReadOnly) return;
    const { migrationsTableName = 'migrations' } = this.dataSource.options;
    if (await findReadOnly(variables, send, migrationsTableName)) throw new DatabaseReadOnlyError();
  }

  hurry(): void {
    if (this.isStopping) return;
    this.isStopping = true;
    this.limitMs = Math.min(this.timeoutMs, STOP_TIMEOUT_MS);
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
    const ending = disconnect();
    if (!this.hasGivenUp) return ending;
    ending.catch(() => undefined);
    for (const connection of this.all) destroyLate(connection, this.limitMs);
  }

  private async noteLate<T>(obtaining: Promise<T>): Promise<T> {
    try {
      return await obtaining;
    } catch (error) {
      this.note(error);
      throw error;
    }
  }

  private note(error: unknown): void {
    if (isReadOnly(error)) this.dropAll();
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
