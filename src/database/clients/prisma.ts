import { type ClientTransaction, NotInTransactionError, toClientTransaction } from './client-transaction.js';

/** What is needed of Prisma's transaction: the `tx` of `prisma.$transaction(async (tx) => …)`. */
export interface PrismaTransaction {
  $executeRawUnsafe(query: string, ...values: unknown[]): PromiseLike<number>;
}

/**
 * Lets `publish()` record an event in an interactive transaction of Prisma.
 *
 * ```ts
 * await prisma.$transaction(async (tx) => {
 *   await tx.order.create({ data });
 *   await publisher.publish(fromPrisma(tx), { type: 'order.placed', data });
 * });
 * publisher.wake();
 * ```
 *
 * @throws {NotInTransactionError} for the client itself
 */
export function fromPrisma(tx: PrismaTransaction): ClientTransaction {
  // Only the client itself connects.
  if (typeof Reflect.get(tx, '$connect') === 'function') {
    throw new NotInTransactionError('fromPrisma()', 'the "tx" of prisma.$transaction(async (tx) => …)');
  }
  return toClientTransaction(async ({ sql, values }) => tx.$executeRawUnsafe(sql, ...values));
}
