import type { EntityManager } from 'typeorm';
import { writeWhere } from '../../database/conditional-write.js';
import {
  byPrimaryKey,
  dialectOf,
  insertIgnore,
  placeholderRows,
  placeholders,
  skipLocked,
  tableOf,
} from '../../database/dialect.js';
import { lockCandidates } from '../../database/lock-candidates.js';
import { WebhookSlotEntity } from '../model/delivery-entities.js';
import type { Claim, Lease } from '../model/claim.js';

/** A slot of a webhook's deployment-wide semaphore, and the claim that holds it. */
export interface ConcurrencySlot {
  webhookId: string;
  slot: number;
  deliveryId: string;
  leaseToken: string;
}

/** Lists the slots that claims hold. */
export function heldConcurrencySlots(claims: Claim[]): ConcurrencySlot[] {
  return claims.flatMap(({ webhook, concurrencySlot: slot, deliveryId, leaseToken }) =>
    slot === null ? [] : [{ webhookId: webhook.id, slot, deliveryId, leaseToken }],
  );
}

/**
 * Takes free slots of a webhook for deliveries, as many as there are. A slot is taken where it still is free as it is
 * written, and holds the token of the claim: a late worker frees nothing of its successor's.
 *
 * @returns the numbers of the slots, in the order of the deliveries
 */
export async function takeConcurrencySlots(
  manager: EntityManager,
  webhookId: string,
  most: number,
  deliveryIds: string[],
  { leaseToken, leaseUntil }: Lease,
  now: number,
): Promise<number[]> {
  const table = tableOf(manager, WebhookSlotEntity);
  await makeSlots(manager, webhookId, most);
  const read = async (sql: string, values: unknown[]) =>
    (await manager.query<{ slot: number }[]>(sql, values)).map(({ slot }) => slot);
  const free = await lockCandidates({
    most: deliveryIds.length,
    find: (count, offset) =>
      read(
        `SELECT slot FROM ${table} WHERE webhook_id = ? AND slot <= ? AND held_until <= ?
         ORDER BY slot LIMIT ? OFFSET ?`,
        [webhookId, most, now, count, offset],
      ),
    lock: (slots) =>
      read(
        `SELECT slot FROM ${table}${byPrimaryKey(dialectOf(manager))}
         WHERE webhook_id = ? AND slot IN (${placeholders(slots.length)}) AND held_until <= ?${skipLocked(manager)}`,
        [webhookId, ...slots, now],
      ),
  });
  const taken: number[] = [];
  for (const slot of free.toSorted((a, b) => a - b)) {
    const written = await writeWhere(
      manager,
      `UPDATE ${table} SET delivery_id = ?, lease_token = ?, held_until = ?
       WHERE webhook_id = ? AND slot = ? AND held_until <= ?`,
      [deliveryIds[taken.length], leaseToken, leaseUntil, webhookId, slot, now],
    );
    if (written > 0) taken.push(slot);
  }
  return taken;
}

/** Gives slots back that this transaction has taken and has no use for. */
export async function returnConcurrencySlots(
  manager: EntityManager,
  webhookId: string,
  leaseToken: string,
  slots: readonly number[],
): Promise<void> {
  if (slots.length === 0) return;
  await manager.query(
    `UPDATE ${tableOf(manager, WebhookSlotEntity)} SET delivery_id = NULL, lease_token = NULL, held_until = 0
     WHERE webhook_id = ? AND slot IN (${placeholders(slots.length)}) AND lease_token = ?`,
    [webhookId, ...slots, leaseToken],
  );
}

async function makeSlots(manager: EntityManager, webhookId: string, most: number): Promise<void> {
  const table = tableOf(manager, WebhookSlotEntity);
  const [row] = await manager.query<{ made: number | string }[]>(
    `SELECT COUNT(*) AS made FROM ${table} WHERE webhook_id = ?`,
    [webhookId],
  );
  const made = Number(row?.made ?? 0);
  if (made >= most) return;
  const missing = Array.from({ length: most - made }, (_, index) => made + index + 1);
  await manager.query(
    `${insertIgnore(dialectOf(manager))} ${table} (webhook_id, slot, held_until) VALUES ${placeholderRows(missing.length, 3)}`,
    missing.flatMap((slot) => [webhookId, slot, 0]),
  );
}

/** Frees the slots of attempts that have ended. A slot that another claim has taken over is left to it. */
export async function freeConcurrencySlots(manager: EntityManager, held: ConcurrencySlot[]): Promise<void> {
  for (const { webhookId, slot, deliveryId, leaseToken } of held) {
    await manager.query(
      // Also by the delivery: an instance of an earlier release takes a slot over and leaves the token there.
      `UPDATE ${tableOf(manager, WebhookSlotEntity)} SET delivery_id = NULL, lease_token = NULL, held_until = 0
       WHERE webhook_id = ? AND slot = ? AND delivery_id = ? AND lease_token = ?`,
      [webhookId, slot, deliveryId, leaseToken],
    );
  }
}

/** Extends slots together with the leases of their claims; a slot that another claim has taken over is left to it. */
export async function keepConcurrencySlots(
  manager: EntityManager,
  held: ConcurrencySlot[],
  until: number,
): Promise<void> {
  if (held.length === 0) return;
  const tokens = [...new Set(held.map(({ leaseToken }) => leaseToken))];
  await manager.query(
    `UPDATE ${tableOf(manager, WebhookSlotEntity)} SET held_until = ?
     WHERE delivery_id IN (${placeholders(held.length)}) AND lease_token IN (${placeholders(tokens.length)})`,
    [until, ...held.map(({ deliveryId }) => deliveryId), ...tokens],
  );
}
