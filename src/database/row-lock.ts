import type { EntityManager, FindOneOptions, ObjectLiteral } from 'typeorm';
import { dialectOf } from './dialect.js';

/**
 * Find options that keep the row for the transaction until it ends, so that overlapping changes of it follow one
 * another. On SQLite the transactions themselves do, one after the other.
 */
export function rowLock(manager: EntityManager): Pick<FindOneOptions<ObjectLiteral>, 'lock'> {
  return dialectOf(manager) === 'mysql' ? { lock: { mode: 'pessimistic_write' } } : {};
}
