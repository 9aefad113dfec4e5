import type { EntityManager } from 'typeorm';
import {
  dialectOf,
  insertIgnore,
  placeholderRows,
  placeholders,
  skipLocked,
  tableOf,
} from '../../database/dialect.js';
import { WebhookSlotEntity } from '../model/delivery-entities.js';
import type { Claim } from '../model/claim.js';

/** A slot of a webhook's deployment-wide semaphore, and the delivery that holds it. */
export interface ConcurrencySlot {
  webhookId: string;
  slot: number;
  deliveryId: string;
}

/** Lists the slots that claims hold. */
export function heldConcurrencySlots(claims: Claim[]): ConcurrencySlot[] {
  return claims.flatMap(({ webhook, concurrencySlot: slot, deliveryId }) =>
    slot === null ? [] : [{ webhookId: webhook.id, slot, deliveryId }],
  );
}

/**
 * Takes free slots of a webhook for deliveries, as many as there are.
 *
 * @returns the numbers of the slots, in the order of the deliveries
 */
export async function takeConcurrencySlots(
  manager: EntityManager,
  webhookId: string,
  most: number,
  deliveryIds: string[],
  now: number,
  until: number,
): Promise<number[]> {
  const table = tableOf(manager, WebhookSlotEntity);
  await makeSlots(manager, webhookId, most);
  const free = await manager.query<{ slot: number }[]>(
    `SELECT slot FROM ${table} WHERE webhook_id = ? AND slot <= ? AND held_until <= ?
     ORDER BY slot LIMIT ?${skipLocked(dialectOf(manager))}`,
    [webhookId, most, now, deliveryIds.length],
  );
  for (const [index, { slot }] of free.entries()) {
    await manager.query(
      `UPDATE ${table} SET delivery_id = ?, held_until = ? WHERE webhook_id = ? AND slot = ?`,
      [deliveryIds[index], until, webhookId, slot],
    );
  }
  return free.map(({ slot }) => slot);
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

/** Frees the slots of attempts that have ended. A slot that another delivery has taken over is left to it. */
export async function freeConcurrencySlots(manager: EntityManager, held: ConcurrencySlot[]): Promise<void> {
  for (const { webhookId, slot, deliveryId } of held) {
    await manager.query(
      `UPDATE ${tableOf(manager, WebhookSlotEntity)} SET delivery_id = NULL, held_until = 0
       WHERE webhook_id = ? AND slot = ? AND delivery_id = ?`,
      [webhookId, slot, deliveryId],
    );
  }
}

/** Extends slots together with the leases of their deliveries. */
export async function keepConcurrencySlots(
  manager: EntityManager,
  deliveryIds: string[],
  until: number,
): Promise<void> {
  if (deliveryIds.length === 0) return;
  await manager.query(
    `UPDATE ${tableOf(manager, WebhookSlotEntity)} SET held_until = ?
     WHERE delivery_id IN (${placeholders(deliveryIds.length)})`,
    [until, ...deliveryIds],
  );
}
