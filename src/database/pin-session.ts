import type { PoolConnection } from 'mysql2';
import { DatabaseReadOnlyError, findReadOnly } from './read-only.js';
import { DatabaseSessionError, findUnpinned, pinStatements } from './session-settings.js';
import { READ_VARIABLES, toVariables } from './session-variables.js';

/**
 * Pins the settings of a session, and reads them back.
 *
 * @param timeoutMs the longest time of a statement
 * @param writableTable the table that shows whether the server can be written to; null: a read-only one will do
 * @throws {DatabaseSessionError} when the server does not take the settings
 * @throws {DatabaseReadOnlyError} when it is read-only
 */
export async function pinSession(
  connection: PoolConnection,
  timeoutMs: number,
  writableTable: string | null,
): Promise<void> {
  const lockWaitSeconds = Math.max(1, Math.floor((timeoutMs * 0.8) / 1_000));
  const send = (sql: string) => connection.promise().query(sql);
  // A connection executes its statements in the order in which they were sent.
  const sent = await Promise.all([...pinStatements(lockWaitSeconds), READ_VARIABLES].map(send));
  const [rows] = sent.at(-1) ?? [[]];
  const variables = toVariables(rows as object[]);
  const wrong = findUnpinned(variables);
  if (wrong !== null) {
    throw new DatabaseSessionError(`The database does not keep the settings of a session: ${wrong}.`);
  }
  if (writableTable !== null && (await findReadOnly(variables, send, writableTable)))
    throw new DatabaseReadOnlyError();
}
