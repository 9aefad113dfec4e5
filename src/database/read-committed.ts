import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { isRetryable } from './database-errors.js';
import { dialectOf } from './dialect.js';

const MOST_TRIES = 8;

/**
 * Runs work in a READ COMMITTED transaction of its own (SQLite: its one kind) and begins it anew when the database
 * gave it up for a deadlock or a lock that was waited for too long. For work of the engine that may run twice; a
 * producer's transaction is its own.
 *
 * @throws whatever the work throws; after eight tries also the deadlock
 */
export async function inReadCommitted<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return dialectOf(dataSource) === 'mysql'
        ? await dataSource.transaction('READ COMMITTED', work)
        : await dataSource.transaction(work);
    } catch (error) {
      if (!isRetryable(error) || attempt >= MOST_TRIES) throw error;
      // Two that met in a deadlock must not meet again at once.
      await wait(Math.random() * 5 * 2 ** attempt);
    }
  }
}
