import type { PoolConnection } from 'mysql2';

/** Called with the answer of a statement, as the driver calls it. */
type Done = (error: Error | null, result?: unknown, fields?: unknown) => void;

type Send = (sql: unknown, values?: unknown, done?: Done) => unknown;

const BEGIN = 'START TRANSACTION';
const COMMIT = 'COMMIT';

/** What ends a transaction of which nothing was sent. */
const ENDS: readonly unknown[] = [COMMIT, 'ROLLBACK'];

/** Connections of which a begin waits for the statement that it goes with. */
const waiting = new WeakSet<object>();

/** Connections whose next statement is the last one of its transaction. */
const ending = new WeakSet<object>();

/** Connections that take several statements in one packet. */
const taking = new WeakSet<object>();

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
  taking.add(connection);
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
    const isFirst = waiting.delete(connection);
    const isLast = ending.delete(connection);
    if (!isFirst && !isLast) return send(sql, values, done);
    if (!given) {
      // A stream has its rows from the first answer on, so its transaction is begun before it.
      if (isFirst) send(BEGIN, undefined, (error) => error && connection.destroy());
      return send(sql, values, done);
    }
    if (isFirst && ENDS.includes(text)) {
      given(null, NO_ROWS);
      return undefined;
    }
    const packet = [...(isFirst ? [BEGIN] : []), String(text), ...(isLast ? [COMMIT] : [])].join(';');
    const all = typeof sql === 'string' ? packet : { ...(sql as object), sql: packet };
    const at = isFirst ? 1 : 0;
    const end: Done = (error, results, fields) => {
      if (error) return given(error);
      if (isLast) waiting.add(connection);
      given(null, (results as unknown[])[at], (fields as unknown[] | undefined)?.[at]);
    };
    return typeof values === 'function' ? send(all, end) : send(all, values, end);
  };
}

/**
 * Sends the next statement of a connection in one packet with the COMMIT of its transaction. What is sent afterwards
 * begins another transaction, and the COMMIT that the transaction's owner sends is left out if there is nothing more. If
 * the statement fails, it is not committed. Only for a statement after which the transaction must stand whatever its
 * result is, and never for one that is prepared.
 *
 * @returns false on a connection that takes one statement at a time: nothing changes
 */
export function commitWithNextStatement(connection: object): boolean {
  if (!taking.has(connection)) return false;
  ending.add(connection);
  return true;
}

/** Lets a transaction that was committed, though the answer was lost, end without a statement. */
export function noteCommitted(connection: object): void {
  waiting.add(connection);
}

/** Forgets what waits for a statement, on a connection that was given back. */
export function forgetBegin(connection: object): void {
  waiting.delete(connection);
  ending.delete(connection);
}

/** The answer of a statement that changes nothing, as the driver gives it. */
const NO_ROWS = { affectedRows: 0, insertId: 0, changedRows: 0, warningStatus: 0, info: '', serverStatus: 0 };
