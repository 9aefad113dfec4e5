import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import type { ClockSteps } from '../../database/clock-steps.js';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { type RemovalResult, ROWS_PER_STATEMENT } from './removal.js';

/**
 * One batch of a removal of background work that finished long ago: rows of `id`, which is time-ordered, and `finished_at`.
 *
 * @param before what finished earlier is removed, epoch milliseconds
 * @param from the cursor of the batch before; empty: begins at the oldest row
 */
export async function removeFinished(
  dataSource: DataSource,
  steps: ClockSteps,
  entity: EntityTarget<ObjectLiteral>,
  before: number,
  from: string,
): Promise<RemovalResult> {
  const table = tableOf(dataSource, entity);
  const rows = await dataSource.query<{ id: string; finished_at: string | number | null }[]>(
    `SELECT id, finished_at FROM ${table} WHERE id > ? AND id < ? ORDER BY id LIMIT ${ROWS_PER_STATEMENT}`,
    [from, steps.idsBefore(before)],
  );
  const ids = rows.flatMap(({ id, finished_at }) =>
    finished_at !== null && Number(finished_at) < before ? [id] : [],
  );
  const count =
    ids.length === 0
      ? 0
      : await inReadCommitted(dataSource, (manager) => deleteByKeys(manager, table, 'id', ids));
  return { count, next: rows.length < ROWS_PER_STATEMENT ? null : (rows.at(-1)?.id ?? null) };
}
