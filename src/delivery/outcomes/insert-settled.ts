import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { insertRows } from '../../database/insert-rows.js';
import type { Claim } from '../model/claim.js';
import { DeliveryEntity } from '../model/delivery-entities.js';
import type { AttemptResult, Outcome } from '../model/outcome.js';

/** A delivery of an event that was handed off, with what has become of it when it is written for the first time. */
export interface SettledDelivery {
  claim: Claim;
  rendering: string;
  /**
   * The outcome of its attempt; `held`: it waits for it, under its claim; `returned`: its claim was handed back unsent;
   * `waiting`: it had no room from the beginning.
   */
  end: Outcome | 'held' | 'returned' | 'waiting';
}

const COLUMNS = [
  'id',
  'event_id',
  'webhook_id',
  'event',
  'tenant',
  'rendering',
  'created_at',
  'state',
  'attempt_count',
  'attempts_begun',
  'last_status_code',
  'next_trigger',
];

const COLUMNS_OF_ENDED = ['reason', 'finished_at'];

const COLUMNS_OF_PENDING = [
  'schedule_position',
  'claim_count',
  'next_attempt_at',
  'lane',
  'due_at',
  'lease_token',
];

/**
 * Inserts deliveries in the state that they have by now, so that one that has ended is written once.
 *
 * @param times when what was not sent is due, and when the leases end of what is out, epoch milliseconds
 */
export async function insertSettled(
  manager: EntityManager,
  deliveries: readonly (SettledDelivery & { createdAt: number })[],
  times: { now: number; leaseUntil: number },
): Promise<void> {
  const ended: unknown[][] = [];
  const pending: unknown[][] = [];
  for (const delivery of deliveries) {
    const { claim, rendering, createdAt, end } = delivery;
    const { deliveryId, eventId, webhook, event } = claim;
    const common = [deliveryId, eventId, webhook.id, event, webhook.tenant, rendering, createdAt];
    const result = typeof end === 'string' ? null : end.result;
    const statusCode = typeof end === 'string' ? null : end.attempt.statusCode;
    if (result !== null && result.state !== 'pending') {
      const reason = result.state === 'failed' ? result.reason : null;
      ended.push([...common, result.state, 1, 1, statusCode, 'event', reason, result.finishedAt]);
    } else pending.push([...common, 'pending', ...pendingValues(delivery, result, statusCode, times)]);
  }
  const into = `INSERT INTO ${tableOf(manager, DeliveryEntity)}`;
  await insertRows(manager, `${into} (${[...COLUMNS, ...COLUMNS_OF_ENDED].join(',')})`, ended);
  await insertRows(manager, `${into} (${[...COLUMNS, ...COLUMNS_OF_PENDING].join(',')})`, pending);
}

/** From the count of attempts on. */
function pendingValues(
  { claim, createdAt, end }: SettledDelivery & { createdAt: number },
  result: Extract<AttemptResult, { state: 'pending' }> | null,
  statusCode: number | null,
  { now, leaseUntil }: { now: number; leaseUntil: number },
): unknown[] {
  const { webhook, leaseToken } = claim;
  if (result) return [1, 1, statusCode, 'retry', 1, 0, result.dueAt, webhook.id, result.dueAt, null];
  return end === 'held'
    ? [0, 1, null, 'event', 0, 1, createdAt, webhook.id, leaseUntil, leaseToken]
    : [0, 0, null, 'event', 0, 0, createdAt, webhook.id, now, null];
}
