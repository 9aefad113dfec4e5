import { type EntityManager, type FindManyOptions, type FindOptionsWhere, In } from 'typeorm';
import { AmplificationBudget } from '../../http/amplification.js';
import type { EntryRow } from './content-entities.js';

/** The rows of one statement: between two of them it is checked whether the rows are too much already. */
const ROWS_AT_ONCE = 100;

/** What the budget of a request's rows counts, for its error. */
const ROWS = 'stored entries that it reads: name fewer, or link to fewer';

/** Conditions beside the id, and a lock. */
export type RowOptions = Pick<FindManyOptions<EntryRow>, 'lock'> & { where?: FindOptionsWhere<EntryRow> };

/** Makes the budget of the rows that a request reads by id. */
export function createRowBudget(): AmplificationBudget {
  return new AmplificationBudget(ROWS);
}

/**
 * Finds rows by their ids, in the order of the ids, in statements of a hundred.
 *
 * @param budget stops it when the rows are too much for the memory
 * @throws {AmplificationError} past the budget
 */
export async function findRowsById(
  manager: EntityManager,
  entity: string,
  ids: readonly number[],
  { where = {}, ...options }: RowOptions = {},
  budget = createRowBudget(),
): Promise<EntryRow[]> {
  const sorted = ids.toSorted((a, b) => a - b);
  const found: EntryRow[] = [];
  for (let at = 0; at < sorted.length; at += ROWS_AT_ONCE) {
    const rows = await manager.find<EntryRow>(entity, {
      ...options,
      where: { ...where, id: In(sorted.slice(at, at + ROWS_AT_ONCE)) },
      order: { id: 'ASC' },
    });
    budget.spend(...rows);
    found.push(...rows);
  }
  return found;
}
