import type { PoolConnection } from 'mysql2';
import type { DataSource, QueryRunner } from 'typeorm';
import { connectAtOnce } from './at-once.js';
import { codeOf, isReadOnly } from './database-errors.js';
import { DatabaseSessionError, findUnsafeSetting } from './session-settings.js';
import { READ_VARIABLES, toVariables } from './session-variables.js';
import { obtainWithin, setDeadlines } from './statement-deadlines.js';

/** How long a statement of Posthorn may take on a host's connection, milliseconds. */
const HOST_TIMEOUT_MS = 10_000;

/** The most prepared statements that are kept on a connection: a server has 16,382 for all of them together. */
const MOST_PREPARED = 64;

/** The server has reached its limit of prepared statements, or a proxy before it supports none. */
const CANNOT_PREPARE = new Set(['ER_MAX_PREPARED_STMT_COUNT_REACHED', 'ER_UNSUPPORTED_PS']);

/** How long a statement may take on the data sources of hosts, milliseconds. */
const limits = new WeakMap<DataSource, number>();

/** Connections on which a transaction of the engine is open. */
const ofEngine = new WeakSet<object>();

/** Called with the answer of a statement, as the driver calls it. */
type Done = (error: Error | null, ...answer: unknown[]) => void;

type Send = (sql: unknown, values?: unknown, done?: Done) => unknown;

/** The part of TypeORM's MySQL driver that hands out connections. */
interface ConnectionSource {
  obtainMasterConnection(): Promise<PoolConnection>;
  obtainSlaveConnection(): Promise<PoolConnection>;
}

/**
 * Checks the settings of a session of a host's data source.
 *
 * @throws {DatabaseSessionError} when statements would not do what they say; the message names the setting
 */
export async function checkHostSession(dataSource: DataSource): Promise<void> {
  refuseUnsafe(await dataSource.query<object[]>(READ_VARIABLES));
}

/**
 * Lets the protocol carry the parameters of statements that name one of Posthorn's tables, on the connections of a
 * host's data source: as prepared statements. The driver would write them into the text, which is only right as long as
 * the session keeps its `sql_mode` and character set, and those are the host's. Such statements have a deadline too.
 * Statements of the host stay as they are.
 */
export function carryParameters(
  dataSource: DataSource,
  isOurs: (sql: string) => boolean,
  timeoutMs: number = HOST_TIMEOUT_MS,
): void {
  limits.set(dataSource, timeoutMs);
  const driver = dataSource.driver as unknown as ConnectionSource;
  const prepared = new WeakSet<object>();
  for (const method of ['obtainMasterConnection', 'obtainSlaveConnection'] as const) {
    const obtain = driver[method].bind(driver);
    driver[method] = async () => {
      const connection = await obtain();
      if (!prepared.has(connection)) prepareConnection(connection, isOurs, timeoutMs);
      prepared.add(connection);
      return connection;
    };
  }
}

/**
 * Opens a transaction of the engine on a host's connection: until {@link endOfEngine} every statement on it has a
 * deadline, its COMMIT too. No effect on connections of our own.
 */
export function beginOfEngine(connection: object): void {
  ofEngine.add(connection);
}

/** Leaves the deadlines of a connection to its host again. */
export function endOfEngine(connection: object): void {
  ofEngine.delete(connection);
}

/** How long a connection of a host's data source is waited for, milliseconds. Default: {@link HOST_TIMEOUT_MS} */
export function limitOfHost(dataSource: DataSource): number {
  return limits.get(dataSource) ?? HOST_TIMEOUT_MS;
}

/**
 * Gets a connection for a transaction of the engine, which is begun anew where the database is to be waited for.
 *
 * @throws {DatabaseDeadlineError} when the pool gives none in time
 */
export function connectForEngine(dataSource: DataSource, runner: QueryRunner): Promise<PoolConnection> {
  const limitMs = limits.get(dataSource);
  const connect = () => connectAtOnce(runner) as Promise<PoolConnection>;
  // Where there is no limit the connections are our own, which have theirs.
  return limitMs === undefined ? connect() : obtainWithin(limitMs, connect);
}

function prepareConnection(
  connection: PoolConnection,
  isOurs: (sql: string) => boolean,
  timeoutMs: number,
): void {
  setDeadlines(
    connection,
    () => timeoutMs,
    () => undefined,
    (sql) => ofEngine.has(connection) || (typeof sql === 'string' && isOurs(sql)),
  );
  const target = connection as unknown as Record<'query' | 'execute', Send>;
  const query = target.query.bind(connection);
  const execute = target.execute.bind(connection);
  /** The texts of prepared statements, least recently used first. */
  const kept = new Set<string>();
  const keep = (sql: string) => {
    kept.delete(sql);
    kept.add(sql);
    const [oldest] = kept;
    if (kept.size <= MOST_PREPARED || oldest === undefined) return;
    kept.delete(oldest);
    connection.unprepare(oldest);
  };
  target.query = (sql, values, done) => {
    const hasParameters = Array.isArray(values) && values.length > 0;
    if (typeof sql !== 'string' || !hasParameters || !done || !isOurs(sql)) return query(sql, values, done);
    return execute(sql, values.map(toParameter), (error, ...answer) => {
      if (isReadOnly(error)) connection.destroy();
      if (!CANNOT_PREPARE.has(codeOf(error) ?? '')) {
        if (!error) keep(sql);
        done(error, ...answer);
        return;
      }
      // Written into the text only where the session, read at this moment, is one in which that is right.
      query(READ_VARIABLES, (unread: Error | null, rows: object[]) => {
        try {
          if (unread) throw unread;
          refuseUnsafe(rows);
        } catch (refused) {
          done(refused as Error);
          return;
        }
        query(sql, values, done);
      });
    });
  };
}

/** A whole number goes as text, which the server compares with a column of whole numbers exactly; else as a double. */
function toParameter(value: unknown): unknown {
  if (value === undefined) return null;
  return typeof value === 'number' && Number.isInteger(value) ? String(value) : value;
}

function refuseUnsafe(rows: object[]): void {
  const wrong = findUnsafeSetting(toVariables(rows));
  if (wrong === null) return;
  throw new DatabaseSessionError(
    `The database sessions of the host's data source cannot be used: ${wrong} for this data source.`,
  );
}
