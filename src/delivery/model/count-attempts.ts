import type { EntityManager } from 'typeorm';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import { AttemptEntity, DeliveryEntity } from './delivery-entities.js';

/** The count of a delivery's rows of attempts, for transitions in which more than one may have been added. */
export function countAttempts(manager: EntityManager): string {
  return `(SELECT COUNT(*) FROM ${tableOf(manager, AttemptEntity)} a WHERE a.delivery_id = ${tableOf(manager, DeliveryEntity)}.id)`;
}

/** No transition: a redelivery failed, which counts as an attempt and changes neither state nor schedule. */
export async function countFailedRedelivery(
  manager: EntityManager,
  id: string,
  statusCode: number | null,
): Promise<void> {
  await manager.query(
    `UPDATE ${tableOf(manager, DeliveryEntity)} SET attempt_count = ${countAttempts(manager)}, last_status_code = ? WHERE id = ?`,
    [statusCode, id],
  );
}

/** No transition: attempts ended after their lease was lost; they count, and the state is the new holder's. */
export async function countLateAttempts(manager: EntityManager, ids: string[]): Promise<void> {
  await manager.query(
    `UPDATE ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))} SET attempt_count = ${countAttempts(manager)}
     WHERE id IN (${placeholders(ids.length)})`,
    ids,
  );
}
