import { writeValues } from './client-statements.js';
import { type ClientTransaction, NotInTransactionError, toClientTransaction } from './client-transaction.js';

/** What is needed of Drizzle's transaction on MySQL: the `tx` of `db.transaction(async (tx) => …)`. */
export interface DrizzleMysqlTransaction {
  execute(query: string): PromiseLike<unknown>;
  rollback(): never;
}

/** What is needed of Drizzle's transaction on SQLite, by a driver with promises, such as libSQL. */
export interface DrizzleSqliteTransaction {
  run(query: string): PromiseLike<unknown>;
  rollback(): never;
}

/**
 * Lets `publish()` record an event in a transaction of Drizzle.
 *
 * ```ts
 * await db.transaction(async (tx) => {
 *   await tx.insert(orders).values(order);
 *   await publisher.publish(fromDrizzle(tx), { type: 'order.placed', data: order });
 * });
 * publisher.wake();
 * ```
 *
 * @throws {NotInTransactionError} for the database itself, and for a synchronous transaction (better-sqlite3), which
 *   ends before anything in it can be awaited
 */
export function fromDrizzle(tx: DrizzleMysqlTransaction | DrizzleSqliteTransaction): ClientTransaction {
  if (typeof Reflect.get(tx, 'rollback') !== 'function' || Reflect.get(tx, 'resultKind') === 'sync') {
    throw new NotInTransactionError(
      'fromDrizzle()',
      'the "tx" of db.transaction(async (tx) => …), of a driver with promises',
    );
  }
  return toClientTransaction(async (statement, dialect) => {
    const text = writeValues(statement, dialect);
    return 'execute' in tx ? tx.execute(text) : tx.run(text);
  });
}
