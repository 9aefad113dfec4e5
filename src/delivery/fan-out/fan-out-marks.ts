import type { EntityManager } from 'typeorm';
import { writeAllWhere } from '../../database/conditional-write.js';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';

/** An event of which nobody holds a lease any more, and from whose holder nothing will be written. */
const CLEARED = { sql: 'lease_token = NULL', values: [] };

/**
 * Clears the marks of events that are fanned out in this transaction. Who clears a mark owns the deliveries that are
 * made of its event.
 *
 * @param dueFrom the events were read with marks from this one on: the mark of a postponed event is less
 * @throws {LostRaceError} when another instance has fanned one of them out, or postponed it, since it was read
 */
export async function clearMarks(manager: EntityManager, ids: string[], dueFrom: number): Promise<void> {
  await writeMarks(manager, ids, dueFrom, null, CLEARED);
}

/**
 * Puts off the fan-out of events.
 *
 * @param mark the new one; the rest as {@link clearMarks}
 * @param token a new one, for events whose lease has ended: whoever held it may have sent them, and writes nothing more
 */
export async function postponeMarks(
  manager: EntityManager,
  ids: string[],
  dueFrom: number,
  mark: number,
  token: string,
): Promise<void> {
  await writeMarks(manager, ids, dueFrom, mark, {
    sql: 'lease_token = CASE WHEN lease_token IS NULL THEN NULL ELSE ? END',
    values: [token],
  });
}

async function writeMarks(
  manager: EntityManager,
  ids: string[],
  dueFrom: number,
  mark: number | null,
  lease: { sql: string; values: string[] },
): Promise<void> {
  if (ids.length === 0) return;
  await writeAllWhere(
    manager,
    `UPDATE ${tableOf(manager, WebhookEventEntity)}${byPrimaryKey(dialectOf(manager))}
     SET fan_out_due_at = ?, ${lease.sql} WHERE id IN (${placeholders(ids.length)}) AND fan_out_due_at >= ?`,
    [mark, ...lease.values, ...ids, dueFrom],
    ids.length,
    'events',
  );
}
