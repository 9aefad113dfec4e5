import type { Dialect } from '../dialect.js';

const BRAND = Symbol.for('posthorn.ClientTransaction');

/** A value of a statement: on MySQL a text has hexadecimal digits alone. */
export type ClientValue = string | number | null;

/** A statement for a client of a host. */
export interface ClientStatement {
  /** With `?` for each value, and no other question mark. */
  sql: string;
  values: readonly ClientValue[];
}

/** An open transaction of a client of the host, such as Prisma's, on the database that has Posthorn's tables. */
export interface ClientTransaction {
  readonly [BRAND]: true;
  /**
   * Runs a statement in the transaction.
   *
   * @throws {NotInTransactionError} where the client can tell that no transaction is open
   * @throws the client's error
   */
  run(statement: ClientStatement, dialect: Dialect): Promise<unknown>;
}

/** A client was given where one of its transactions is needed, or its transaction has ended. */
export class NotInTransactionError extends Error {
  override readonly name = 'NotInTransactionError';

  /** @param adapter `fromPrisma()`; @param wanted what it takes, with an example */
  constructor(adapter: string, wanted: string) {
    super(
      `${adapter} was given no open transaction, so that the event would be committed without its change. Give it ${wanted}.`,
    );
  }
}

/** Makes a transaction of what runs a statement in it. */
export function toClientTransaction(run: ClientTransaction['run']): ClientTransaction {
  return { [BRAND]: true, run };
}

/** Whether a value is a transaction of an adapter, also one of another copy of this package. */
export function isClientTransaction(value: unknown): value is ClientTransaction {
  return typeof value === 'object' && value !== null && Reflect.get(value, BRAND) === true;
}
