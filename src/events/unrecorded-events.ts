import type { EntityManager, QueryRunner } from 'typeorm';

const UNRECORDED = 'posthorn.unrecorded';

interface HasType {
  readonly type: string;
}

/** Notes on a transaction that an event was made in it which nobody has recorded yet. */
export function trackUnrecorded(manager: EntityManager, event: HasType): void {
  const { queryRunner } = manager;
  if (!queryRunner?.isTransactionActive) return;
  (getEvents(queryRunner) ?? createEvents(queryRunner)).add(event);
}

/** The event was recorded: its transaction may be committed. */
export function markRecorded(manager: EntityManager, event: HasType): void {
  if (manager.queryRunner) getEvents(manager.queryRunner)?.delete(event);
}

/**
 * The type of an event of a transaction that nobody recorded; null where all were. A host that emits by itself rather
 * than by `announce` would lose it in silence: an emitter without a listener says nothing.
 */
export function findUnrecorded(queryRunner: QueryRunner): string | null {
  const [event] = getEvents(queryRunner) ?? [];
  return event?.type ?? null;
}

/** Forgets what was made in a transaction that is over. */
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
