import { type ClientTransaction, NotInTransactionError, toClientTransaction } from './client-transaction.js';

/** What is needed of an `EntityManager` or a `QueryRunner` of TypeORM, of version 0.3 or 1. */
export interface TypeOrmTransaction {
  // Of versions whose types differ; `query` itself is the same in each.
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/**
 * Lets `publish()` record an event in a transaction of another data source of TypeORM, of version 0.3 or 1, on the same
 * database. The manager of the data source that has `webhooksEntities()` is given to `publish()` as it is.
 *
 * ```ts
 * await dataSource.transaction(async (manager) => {
 *   await manager.insert(Order, order);
 *   await publisher.publish(fromTypeOrm(manager), { type: 'order.placed', data: order });
 * });
 * publisher.wake();
 * ```
 *
 * @throws {NotInTransactionError} where no transaction is open
 */
export function fromTypeOrm(manager: TypeOrmTransaction): ClientTransaction {
  const runner = Object((Reflect.get(manager, 'queryRunner') as object | undefined) ?? manager) as object;
  if (Reflect.get(runner, 'isTransactionActive') !== true) {
    throw new NotInTransactionError(
      'fromTypeOrm()',
      'the "manager" of dataSource.transaction(async (manager) => …), or a query runner after startTransaction()',
    );
  }
  return toClientTransaction(async ({ sql, values }) => manager.query(sql, [...values]));
}
