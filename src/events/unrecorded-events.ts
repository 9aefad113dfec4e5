import type { EntityManager, QueryRunner } from 'typeorm';

const UNRECORDED = 'posthorn.unrecorded';

interface HasType {
  readonly type: string;
}

/** Notes on a transaction that an event was made in it which nobody has recorded yet. */
export function noteUnrecorded(manager: EntityManager, event: HasType): void {
  const { queryRunner } = manager;
  if (!queryRunner?.isTransactionActive) return;
  (eventsOn(queryRunner) ?? newEventsOn(queryRunner)).add(event);
}

/** The event was recorded: its transaction may be committed. */
export function noteRecorded(manager: EntityManager, event: HasType): void {
  if (manager.queryRunner) eventsOn(manager.queryRunner)?.delete(event);
}

/**
 * The type of an event of a transaction that nobody recorded; null where all were. A host that emits by itself rather
 * than by `announce` would lose it in silence: an emitter without a listener says nothing.
 */
export function unrecordedOn(queryRunner: QueryRunner): string | null {
  const [event] = eventsOn(queryRunner) ?? [];
  return event?.type ?? null;
}

/** Forgets what was made in a transaction that is over. */
export function forgetUnrecorded(queryRunner: QueryRunner): void {
  eventsOn(queryRunner)?.clear();
}

function eventsOn(queryRunner: QueryRunner): Set<HasType> | undefined {
  return (queryRunner.data as Record<string, Set<HasType> | undefined>)[UNRECORDED];
}

function newEventsOn(queryRunner: QueryRunner): Set<HasType> {
  const events = new Set<HasType>();
  (queryRunner.data as Record<string, unknown>)[UNRECORDED] = events;
  return events;
}
