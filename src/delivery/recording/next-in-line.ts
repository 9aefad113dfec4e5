import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { dialectOf, tableOf } from '../../database/dialect.js';
import type { WebhookEvent } from '../../events/webhook-event.js';
import { WebhookSequenceEntity } from '../model/delivery-entities.js';

/** A place in the line of one thing. */
export interface PlaceInLine {
  key: string;
  sequence: number;
}

/** The line of the thing that an event is of: its tenant, model and key. Null for an event of no thing. */
export function lineOf({
  tenant,
  model,
  type,
  key,
}: Pick<WebhookEvent, 'tenant' | 'model' | 'type' | 'key'>) {
  if (key === null) return null;
  // Things without a model (files) are told apart by what their events' names begin with.
  const kind = model ?? type.split('.')[0];
  return createHash('sha256')
    .update(JSON.stringify([tenant, kind, key]))
    .digest('hex');
}

/**
 * Gives the next number of a line. Its row stays locked until the transaction ends, so that the order of the numbers is
 * the order of the commits, whatever clocks and ids say; two transactions that change the same thing follow one another.
 */
export async function nextInLine(manager: EntityManager, line: string): Promise<PlaceInLine> {
  const table = tableOf(manager, WebhookSequenceEntity);
  const again =
    dialectOf(manager) === 'mysql'
      ? 'ON DUPLICATE KEY UPDATE sequence = sequence + 1'
      : 'ON CONFLICT (order_key) DO UPDATE SET sequence = sequence + 1';
  await manager.query(`INSERT INTO ${table} (order_key, sequence) VALUES (?, 1) ${again}`, [line]);
  // A transaction reads what it wrote itself, also under REPEATABLE READ.
  const [row] = await manager.query<{ sequence: string | number }[]>(
    `SELECT sequence FROM ${table} WHERE order_key = ?`,
    [line],
  );
  return { key: line, sequence: Number(row?.sequence) };
}
