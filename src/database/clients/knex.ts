import { type ClientTransaction, NotInTransactionError, toClientTransaction } from './client-transaction.js';

/** What is needed of Knex's transaction: the `trx` of `knex.transaction(async (trx) => …)`. */
export interface KnexTransaction {
  isCompleted(): boolean;
  raw(sql: string, bindings: readonly (string | number | null)[]): PromiseLike<unknown>;
}

/**
 * Lets `publish()` record an event in a transaction of Knex.
 *
 * ```ts
 * await knex.transaction(async (trx) => {
 *   await trx('orders').insert(order);
 *   await publisher.publish(fromKnex(trx), { type: 'order.placed', data: order });
 * });
 * publisher.wake();
 * ```
 *
 * @throws {NotInTransactionError} for the instance itself, and for a transaction that has ended
 */
export function fromKnex(trx: KnexTransaction): ClientTransaction {
  // Knex itself has the method too, in some versions: only a transaction can be committed.
  if (typeof Reflect.get(trx, 'commit') !== 'function' || trx.isCompleted()) {
    throw new NotInTransactionError('fromKnex()', 'the "trx" of knex.transaction(async (trx) => …)');
  }
  return toClientTransaction(async ({ sql, values }) => trx.raw(sql, values));
}
