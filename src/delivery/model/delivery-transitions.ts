import type { EntityManager } from 'typeorm';
import { writeAllWhere, writeWhere } from '../../database/conditional-write.js';
import { LostRaceError } from '../../database/database-errors.js';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import type { Claim } from './claim.js';
import { countAttempts } from './count-attempts.js';
import {
  type AttemptTrigger,
  DeliveryEntity,
  type DeliveryState,
  type FailureReason,
} from './delivery-entities.js';
import type { Condition } from './delivery-selection.js';

/**
 * The state machine of a delivery, and the one place that writes its state.
 *
 * ```
 *   fan-out ──────────────┐            ┌── release (not sent) ──┐
 *                         ▼            ▼                        │
 *   recovery ────────► pending ──── lease ──► pending, leased ──┤
 *                         ▲                                     │
 *                         ├── reschedule (failed, retry left) ──┤
 *                         │                                     ├── succeed ──► succeeded
 *                         │                                     └── fail ─────► failed (exhausted, rejected, expired)
 *                         │
 *   reopen ◄── failed     └── fail without an attempt ──────────► failed (webhook-disabled, webhook-deleted,
 *                                                                         tenant-changed, cancelled, exhausted by its
 *                                                                         workers' deaths)
 * ```
 *
 * A person's redelivery holds no lease: its success ends the delivery from any state ({@link succeedByHand}), its failure
 * changes none. Every transition is a conditional write: its WHERE says the state or the token that the caller has read,
 * and a caller whose row has changed since writes nothing. Locks only keep callers from meeting.
 */
const ENDED =
  'next_attempt_at = NULL, lane = NULL, order_lane = NULL, due_at = NULL, lease_token = NULL, claim_count = 0';

/** A delivery and the fencing token of its claim. */
type HeldByToken = Pick<Claim, 'deliveryId' | 'leaseToken'>;

/** What one attempt leaves at deliveries that ended with it. */
export interface EndedAttempt {
  /** Null when no answer came. */
  statusCode: number | null;
  /** Epoch milliseconds. */
  finishedAt: number;
}

/**
 * pending → pending, leased: hands deliveries that are still due to a worker until the lease ends, and counts the claim.
 * Which ones it has won the caller reads back by the token.
 *
 * @param ids sorted
 * @param now epoch milliseconds: a delivery that another worker has leased, or that has ended, is not due
 * @returns how many were due
 */
export async function lease(
  manager: EntityManager,
  ids: string[],
  { leaseToken, leaseUntil }: { leaseToken: string; leaseUntil: number },
  now: number,
): Promise<number> {
  return writeWhere(
    manager,
    `UPDATE ${deliveries(manager)}
     SET lease_token = ?, due_at = ?, attempts_begun = attempts_begun + 1, claim_count = claim_count + 1
     WHERE id IN (${placeholders(ids.length)}) AND due_at <= ?`,
    [leaseToken, leaseUntil, ...ids, now],
  );
}

/**
 * leased → pending: no attempt was made, so that neither the claim nor the attempt's number counts. Written for those
 * deliveries alone that the token still holds.
 *
 * @returns how many the token still held
 */
export async function release(
  manager: EntityManager,
  ids: string[],
  leaseToken: string,
  now: number,
): Promise<number> {
  return writeWhere(
    manager,
    `UPDATE ${deliveries(manager)}
     SET lease_token = NULL, due_at = ?, claim_count = claim_count - 1, attempts_begun = attempts_begun - 1
     WHERE id IN (${placeholders(ids.length)}) AND lease_token = ?`,
    [now, ...ids, leaseToken],
  );
}

/**
 * leased → succeeded.
 *
 * @param leaseTokens the fencing tokens of the deliveries
 * @returns how many deliveries the tokens still held
 */
export async function succeed(
  manager: EntityManager,
  ids: string[],
  { statusCode, finishedAt }: EndedAttempt,
  leaseTokens: readonly string[],
): Promise<number> {
  return writeWhere(
    manager,
    `UPDATE ${deliveries(manager)}
     SET state = 'succeeded', reason = NULL, attempt_count = attempt_count + 1, last_status_code = ?,
         ${ENDED}, finished_at = ?
     WHERE id IN (${placeholders(ids.length)}) AND lease_token IN (${placeholders(leaseTokens.length)})`,
    [statusCode, finishedAt, ...ids, ...leaseTokens],
  );
}

/**
 * leased → failed, with the attempt that ended it.
 *
 * @throws {LostRaceError} when the token no longer holds the delivery
 */
export async function fail(
  manager: EntityManager,
  { deliveryId: id, leaseToken }: HeldByToken,
  reason: FailureReason,
  { statusCode, finishedAt }: EndedAttempt,
): Promise<void> {
  await writeAllWhere(
    manager,
    `UPDATE ${tableOf(manager, DeliveryEntity)}
     SET state = 'failed', reason = ?, attempt_count = attempt_count + 1, last_status_code = ?, ${ENDED}, finished_at = ?
     WHERE id = ? AND lease_token = ?`,
    [reason, statusCode, finishedAt, id, leaseToken],
    1,
    'deliveries',
  );
}

/**
 * pending → failed without an attempt: disabled, deleted, moved to another tenant, cancelled, or exhausted by workers
 * that died of it.
 *
 * @param options.while what else the caller has read of the rows, and must still be so
 * @param options.attempts how many attempts are added to the count: 1 where a line of the history stands for lost ones
 * @throws {LostRaceError} when one of them has ended, or is not as it was read
 */
export async function failWithoutAttempt(
  manager: EntityManager,
  ids: string[],
  reason: FailureReason,
  finishedAt: number,
  { while: asRead, attempts = 0 }: { while: Condition; attempts?: number },
): Promise<void> {
  await writeAllWhere(
    manager,
    `UPDATE ${deliveries(manager)}
     SET state = 'failed', reason = ?, attempt_count = attempt_count + ?, ${ENDED}, finished_at = ?
     WHERE id IN (${placeholders(ids.length)}) AND state = 'pending' AND ${asRead.sql}`,
    [reason, attempts, finishedAt, ...ids, ...asRead.values],
    ids.length,
    'deliveries',
  );
}

/**
 * leased → pending: the attempt failed and the schedule has a retry left.
 *
 * @throws {LostRaceError} when the token no longer holds the delivery
 */
export async function reschedule(
  manager: EntityManager,
  { deliveryId: id, leaseToken }: HeldByToken,
  next: {
    statusCode: number | null;
    /** When the retry is due, epoch milliseconds. */
    dueAt: number;
    trigger: AttemptTrigger;
    /** How many retries of the schedule are used now. */
    retriesUsed: number;
  },
): Promise<void> {
  await writeAllWhere(
    manager,
    `UPDATE ${tableOf(manager, DeliveryEntity)}
     SET attempt_count = attempt_count + 1, last_status_code = ?, next_attempt_at = ?, due_at = ?,
         next_trigger = ?, schedule_position = ?, lease_token = NULL, claim_count = 0
     WHERE id = ? AND lease_token = ?`,
    [next.statusCode, next.dueAt, next.dueAt, next.trigger, next.retriesUsed, id, leaseToken],
    1,
    'deliveries',
  );
}

/**
 * any state → succeeded, by a person's redelivery. What had succeeded before keeps its time.
 *
 * @param stateRead its state as the caller has read it: who is told of the success depends on it
 * @throws {LostRaceError} when the state has changed since
 */
export async function succeedByHand(
  manager: EntityManager,
  id: string,
  { statusCode, finishedAt }: EndedAttempt,
  stateRead: DeliveryState,
): Promise<void> {
  const written = await writeWhere(
    manager,
    // MySQL assigns from left to right: finished_at reads the state before it changes.
    `UPDATE ${tableOf(manager, DeliveryEntity)}
     SET finished_at = CASE WHEN state = 'succeeded' THEN finished_at ELSE ? END,
         state = 'succeeded', reason = NULL, ${ENDED},
         attempt_count = ${countAttempts(manager)}, last_status_code = ?
     WHERE id = ? AND state = ?`,
    [finishedAt, statusCode, id, stateRead],
  );
  // What has succeeded stays so, and the same values again may count as no change.
  if (written === 0 && stateRead !== 'succeeded') throw new LostRaceError('deliveries');
}

/**
 * failed → pending, on a fresh schedule: a recovery.
 *
 * @param isOrdered whether the webhook wants order: then each delivery takes its place in its line again
 * @throws {LostRaceError} when one of them is not `failed` any more
 */
export async function reopen(
  manager: EntityManager,
  ids: string[],
  now: number,
  isOrdered: boolean,
): Promise<void> {
  if (ids.length === 0) return;
  await writeAllWhere(
    manager,
    `UPDATE ${deliveries(manager)}
     SET state = 'pending', reason = NULL, lane = webhook_id, due_at = ?, next_attempt_at = ?, lease_token = NULL,
         order_lane = ${isOrdered ? 'CASE WHEN order_key IS NULL THEN NULL ELSE webhook_id END' : 'NULL'},
         schedule_position = 0, claim_count = 0, next_trigger = 'recovery', finished_at = NULL
     WHERE id IN (${placeholders(ids.length)}) AND state = 'failed'`,
    [now, now, ...ids],
    ids.length,
    'deliveries',
  );
}

function deliveries(manager: EntityManager): string {
  return `${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))}`;
}
