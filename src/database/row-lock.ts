import type { EntityManager, FindOneOptions, ObjectLiteral } from 'typeorm';
import { mayLockReads } from './dialect.js';

/**
 * Find options that lock the rows until the transaction ends, so that overlapping changes of a row run one after the
 * other. SQLite runs whole transactions one after the other and needs no row locks.
 */
export function rowLock(manager: EntityManager): Pick<FindOneOptions<ObjectLiteral>, 'lock'> {
  return mayLockReads(manager) ? { lock: { mode: 'pessimistic_write' } } : {};
}
