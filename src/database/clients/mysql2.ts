import { type ClientTransaction, NotInTransactionError, toClientTransaction } from './client-transaction.js';

/** What is needed of a connection of mysql2, with callbacks or of `mysql2/promise`, on which a transaction was begun. */
export interface Mysql2Connection {
  beginTransaction(...args: never[]): unknown;
}

interface PromiseConnection {
  query(sql: string): Promise<[unknown, unknown]>;
  execute(sql: string, values: unknown[]): Promise<unknown>;
}

/** Of the server's status that it sends with every answer: a transaction is open. */
const IN_TRANSACTION = 1;

const WANTED = 'a connection on which beginTransaction() was called, and not the pool';

/**
 * Lets `publish()` record an event in a transaction of mysql2. It asks the server whether one is open on the connection.
 *
 * ```ts
 * await connection.beginTransaction();
 * await connection.execute('INSERT INTO orders (total) VALUES (?)', [total]);
 * await publisher.publish(fromMysql2(connection), { type: 'order.placed', data: { total } });
 * await connection.commit();
 * publisher.wake();
 * ```
 *
 * @throws {NotInTransactionError} for a pool; `publish()` throws it where no transaction is open
 */
export function fromMysql2(connection: Mysql2Connection): ClientTransaction {
  if (typeof Reflect.get(connection, 'beginTransaction') !== 'function') {
    throw new NotInTransactionError('fromMysql2()', WANTED);
  }
  const promising = toPromises(connection);
  return toClientTransaction(async ({ sql, values }) => {
    const [answer] = await promising.query('DO 0');
    const status = Number(Reflect.get(Object(answer), 'serverStatus'));
    if ((status & IN_TRANSACTION) === 0) throw new NotInTransactionError('fromMysql2()', WANTED);
    return promising.execute(sql, [...values]);
  });
}

function toPromises(connection: Mysql2Connection): PromiseConnection {
  const promise: unknown = Reflect.get(connection, 'promise');
  // `promise` of a connection with callbacks makes one with promises; of the latter it is no function of that kind.
  const isCallback = typeof promise === 'function' && !('connection' in connection);
  return (isCallback ? Reflect.apply(promise, connection, []) : connection) as PromiseConnection;
}
