import type { EntityManager, QueryRunner } from 'typeorm';

const EVIDENCE = 'posthorn.evidence';

/** A row that a transaction has inserted: it is there when the transaction was committed. */
export interface Evidence {
  /** Quoted. */
  table: string;
  id: string;
}

/**
 * Names a row that the open transaction of a manager has inserted, so that it can be looked up whether the transaction
 * was committed when its COMMIT is not answered.
 *
 * @param table quoted
 */
export function leaveEvidence(manager: EntityManager, table: string, id: string): void {
  if (manager.queryRunner) dataOf(manager.queryRunner)[EVIDENCE] = { table, id };
}

/** The row that {@link leaveEvidence} named, once: a query runner may go on to another transaction. */
export function takeEvidence(runner: QueryRunner): Evidence | null {
  const data = dataOf(runner);
  const evidence = data[EVIDENCE] ?? null;
  delete data[EVIDENCE];
  return evidence;
}

function dataOf(runner: QueryRunner): Record<string, Evidence | undefined> {
  return runner.data as Record<string, Evidence | undefined>;
}
