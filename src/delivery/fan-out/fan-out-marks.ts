import type { EntityManager } from 'typeorm';
import { writeAllWhere } from '../../database/conditional-write.js';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';

/**
 * Clears the marks of events that are fanned out in this transaction. Who clears a mark owns the deliveries that are
 * made of its event.
 *
 * @param dueFrom the events were read with marks from this one on: the mark of a postponed event is less
 * @throws {LostRaceError} when another instance has fanned one of them out, or postponed it, since it was read
 */
export async function clearMarks(manager: EntityManager, ids: string[], dueFrom: number): Promise<void> {
  await writeMarks(manager, ids, dueFrom, null);
}

/** Puts off the fan-out of events. @param mark the new one; the rest as {@link clearMarks} */
export async function postponeMarks(
  manager: EntityManager,
  ids: string[],
  dueFrom: number,
  mark: number,
): Promise<void> {
  await writeMarks(manager, ids, dueFrom, mark);
}

async function writeMarks(
  manager: EntityManager,
  ids: string[],
  dueFrom: number,
  mark: number | null,
): Promise<void> {
  if (ids.length === 0) return;
  await writeAllWhere(
    manager,
    `UPDATE ${tableOf(manager, WebhookEventEntity)}${byPrimaryKey(dialectOf(manager))}
     SET fan_out_due_at = ? WHERE id IN (${placeholders(ids.length)}) AND fan_out_due_at >= ?`,
    [mark, ...ids, dueFrom],
    ids.length,
    'events',
  );
}
