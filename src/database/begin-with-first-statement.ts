import type { PoolConnection } from 'mysql2';

/** Called with the answer of a statement, as the driver calls it. */
type Done = (error: Error | null, result?: unknown, fields?: unknown) => void;

type Send = (sql: unknown, values?: unknown, done?: Done) => unknown;

const BEGIN = 'START TRANSACTION';

/** What ends a transaction of which nothing was sent. */
const ENDS: readonly unknown[] = ['COMMIT', 'ROLLBACK'];

/** Connections of which a begin waits for the statement that it goes with. */
const waiting = new WeakSet<object>();

/** A statement holds more than one. */
export class SeveralStatementsError extends Error {
  override readonly name = 'SeveralStatementsError';

  constructor() {
    super('A statement has a semicolon in its text, so that it may be more than one; it was not sent.');
  }
}

/**
 * Sends the statement that begins a transaction in one packet with the first one of the transaction: in a busy process
 * most of a round trip is the wait until the event loop reads the answer, and each packet costs as much as its statement.
 * A transaction that ends without a statement is never sent.
 *
 * No effect on a connection that takes one statement at a time. On one that takes several nobody else can send several: a
 * text with a semicolon is refused. Values never stand in the text.
 */
export function beginWithFirstStatement(connection: PoolConnection): void {
  const { config } = connection as unknown as { config: { multipleStatements?: boolean } };
  if (config.multipleStatements !== true) return;
  const target = connection as unknown as { query: Send };
  const send = target.query.bind(connection);
  target.query = (sql, values, done) => {
    const text = typeof sql === 'string' ? sql : (sql as { sql?: unknown }).sql;
    const given = typeof values === 'function' ? (values as Done) : done;
    if (typeof text === 'string' && text.includes(';')) throw new SeveralStatementsError();
    if (text === BEGIN && given) {
      waiting.add(connection);
      given(null, NO_ROWS);
      return undefined;
    }
    if (!waiting.delete(connection)) return send(sql, values, done);
    if (!given) {
      // A stream has its rows from the first answer on, so its transaction is begun before it.
      send(BEGIN, undefined, (error) => error && connection.destroy());
      return send(sql, values, done);
    }
    if (ENDS.includes(text)) {
      given(null, NO_ROWS);
      return undefined;
    }
    const both =
      typeof sql === 'string' ? `${BEGIN};${sql}` : { ...(sql as object), sql: `${BEGIN};${String(text)}` };
    const end: Done = (error, results, fields) =>
      error ? given(error) : given(null, (results as unknown[])[1], (fields as unknown[] | undefined)?.[1]);
    return typeof values === 'function' ? send(both, end) : send(both, values, end);
  };
}

/** Forgets a begin that waits, on a connection that was given back. */
export function forgetBegin(connection: object): void {
  waiting.delete(connection);
}

/** The answer of a statement that changes nothing, as the driver gives it. */
const NO_ROWS = { affectedRows: 0, insertId: 0, changedRows: 0, warningStatus: 0, info: '', serverStatus: 0 };
