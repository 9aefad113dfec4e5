import { numberValues } from './client-statements.js';
import { type ClientTransaction, NotInTransactionError, toClientTransaction } from './client-transaction.js';

interface SequelizeQueries {
  query(
    sql: string,
    options: { bind: (string | number | null)[]; transaction: never; type: 'RAW' },
  ): Promise<unknown>;
}

/**
 * Lets `publish()` record an event in a transaction of Sequelize 6.
 *
 * ```ts
 * await sequelize.transaction(async (transaction) => {
 *   await Order.create(order, { transaction });
 *   await publisher.publish(fromSequelize(transaction), { type: 'order.placed', data: order });
 * });
 * publisher.wake();
 * ```
 *
 * @param transaction Sequelize's `Transaction`
 * @throws {NotInTransactionError} for anything else, and for a transaction that has ended
 */
export function fromSequelize(transaction: object): ClientTransaction {
  const sequelize = Reflect.get(transaction, 'sequelize') as SequelizeQueries | undefined;
  const isOpen =
    typeof Reflect.get(transaction, 'commit') === 'function' &&
    Reflect.get(transaction, 'finished') === undefined;
  if (typeof sequelize?.query !== 'function' || !isOpen) {
    throw new NotInTransactionError(
      'fromSequelize()',
      'the "transaction" of sequelize.transaction(async (transaction) => …)',
    );
  }
  return toClientTransaction(async ({ sql, values }) =>
    sequelize.query(numberValues(sql), {
      bind: [...values],
      transaction: transaction as never,
      type: 'RAW',
    }),
  );
}
