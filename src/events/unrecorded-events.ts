import type { EntityManager, QueryRunner } from 'typeorm';

const UNRECORDED = 'posthorn.unrecorded';

interface HasType {
  readonly type: string;
}

/** Marks an event as unrecorded on the query runner of its transaction. */
export function trackUnrecorded(manager: EntityManager, event: HasType): void {
  const { queryRunner } = manager;
  if (!queryRunner?.isTransactionActive) return;
  (getEvents(queryRunner) ?? createEvents(queryRunner)).add(event);
}

/** Removes the mark: the event's row is written, so its transaction may commit. */
export function markRecorded(manager: EntityManager, event: HasType): void {
  if (manager.queryRunner) getEvents(manager.queryRunner)?.delete(event);
}

/**
 * Finds an unrecorded event of a transaction: the guard of hosts that emit events without `announce`. An emitter
 * without a listener raises no error, so the event would be lost silently.
 *
 * @returns the type of the first unrecorded event; null: all are recorded
 */
export function findUnrecorded(queryRunner: QueryRunner): string | null {
  const [event] = getEvents(queryRunner) ?? [];
  return event?.type ?? null;
}

/** Removes all marks of a transaction that has ended. */
export function clearUnrecorded(queryRunner: QueryRunner): void {
  getEvents(queryRunner)?.clear();
}

function getEvents(queryRunner: QueryRunner): Set<HasType> | undefined {
  return (queryRunner.data as Record<string, Set<HasType> | undefined>)[UNRECORDED];
}

function createEvents(queryRunner: QueryRunner): Set<HasType> {
  const events = new Set<HasType>();
  (queryRunner.data as Record<string, unknown>)[UNRECORDED] = events;
  return events;
}
