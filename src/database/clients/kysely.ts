import { type ClientTransaction, NotInTransactionError, toClientTransaction } from './client-transaction.js';

/** A statement in the form that Kysely compiles to. */
interface CompiledStatement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly query: {
    readonly kind: 'RawNode';
    readonly sqlFragments: readonly string[];
    readonly parameters: readonly never[];
  };
  readonly queryId: { readonly queryId: string };
}

/** What is needed of Kysely's transaction: the `trx` of `db.transaction().execute(async (trx) => …)`. */
export interface KyselyTransaction {
  readonly isTransaction: boolean;
  executeQuery(query: CompiledStatement): Promise<unknown>;
}

/**
 * Lets `publish()` record an event in a transaction of Kysely.
 *
 * ```ts
 * await db.transaction().execute(async (trx) => {
 *   await trx.insertInto('orders').values(order).execute();
 *   await publisher.publish(fromKysely(trx), { type: 'order.placed', data: order });
 * });
 * publisher.wake();
 * ```
 *
 * @throws {NotInTransactionError} for the database itself
 */
export function fromKysely(trx: KyselyTransaction): ClientTransaction {
  if (trx.isTransaction !== true) {
    throw new NotInTransactionError(
      'fromKysely()',
      'the "trx" of db.transaction().execute(async (trx) => …)',
    );
  }
  return toClientTransaction(async ({ sql, values }) =>
    trx.executeQuery({
      sql,
      parameters: values,
      query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
      queryId: { queryId: 'posthorn' },
    }),
  );
}
