import type { EntityManager } from 'typeorm';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import { readByParts } from '../../database/read-in-pages.js';
import { IdempotencyKeyEntity, WebhookEventEntity } from '../model/delivery-entities.js';
import { ERASED_REQUEST } from '../model/erased-events.js';

/** Idempotency keys of one step; that of an array names up to 500 events. */
const KEYS_PER_STEP = 200;

interface KeyRow {
  key_hash: string;
  event_id: string;
  event_ids: string | null;
}

/**
 * Removes the hashes of requests whose events an erasure has erased. The hash of the key stays, so that a repeat of the
 * request is refused and does not record the data anew.
 *
 * @param after hashes after this one
 * @returns the cursor of the next step; null: there are no more
 */
export async function forgetKeys(
  manager: EntityManager,
  erasureId: string,
  after: string,
): Promise<string | null> {
  const table = `${tableOf(manager, IdempotencyKeyEntity)}${byPrimaryKey(dialectOf(manager))}`;
  const rows = await manager.query<KeyRow[]>(
    `SELECT key_hash, event_id, event_ids FROM ${table} WHERE key_hash > ? ORDER BY key_hash LIMIT ${KEYS_PER_STEP}`,
    [after],
  );
  const erased = await findErasedBy(manager, erasureId, [...new Set(rows.flatMap(listEvents))].toSorted());
  const hashes = rows.filter((row) => listEvents(row).some((id) => erased.has(id)));
  if (hashes.length > 0) {
    await manager.query(
      `UPDATE ${table} SET request_hash = ? WHERE key_hash IN (${placeholders(hashes.length)})`,
      [ERASED_REQUEST, ...hashes.map(({ key_hash }) => key_hash)],
    );
  }
  return rows.length < KEYS_PER_STEP ? null : (rows.at(-1)?.key_hash ?? null);
}

function listEvents({ event_id, event_ids }: KeyRow): string[] {
  return event_ids === null ? [event_id] : (JSON.parse(event_ids) as string[]);
}

async function findErasedBy(
  manager: EntityManager,
  erasureId: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const events = `${tableOf(manager, WebhookEventEntity)}${byPrimaryKey(dialectOf(manager))}`;
  const rows = await readByParts(ids, (some) =>
    manager.query<{ id: string }[]>(
      `SELECT id FROM ${events} WHERE id IN (${placeholders(some.length)}) AND erasure_id = ?`,
      [...some, erasureId],
    ),
  );
  return new Set(rows.map(({ id }) => id));
}
