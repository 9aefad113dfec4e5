import type { PoolConnection } from 'mysql2';
import type { DataSource } from 'typeorm';
import { codeOf, isReadOnly } from './database-errors.js';
import { DatabaseSessionError, findUnsafeSetting } from './session-settings.js';
import { READ_VARIABLES, toVariables } from './session-variables.js';

/** The most prepared statements that are kept on a connection: a server has 16,382 for all of them together. */
const MOST_PREPARED = 64;

/** The server has reached its limit of prepared statements, or a proxy before it supports none. */
const CANNOT_PREPARE = new Set(['ER_MAX_PREPARED_STMT_COUNT_REACHED', 'ER_UNSUPPORTED_PS']);

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
 * the session keeps its `sql_mode` and character set, and those are the host's. Statements of the host stay as they are.
 */
export function carryParameters(dataSource: DataSource, isOurs: (sql: string) => boolean): void {
  const driver = dataSource.driver as unknown as ConnectionSource;
  const prepared = new WeakSet<object>();
  for (const method of ['obtainMasterConnection', 'obtainSlaveConnection'] as const) {
    const obtain = driver[method].bind(driver);
    driver[method] = async () => {
      const connection = await obtain();
      if (!prepared.has(connection)) prepareConnection(connection, isOurs);
      prepared.add(connection);
      return connection;
    };
  }
}

function prepareConnection(connection: PoolConnection, isOurs: (sql: string) => boolean): void {
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
