import type { EntityManager } from 'typeorm';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import {
  AttemptEntity,
  type AttemptTrigger,
  DeliveryEntity,
  type FailureReason,
} from './delivery-entities.js';

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
 * changes none. Every transition out of a lease is fenced: by `AND lease_token = ?`, or by rows that the caller has
 * locked and compared with the token before.
 */
const ENDED =
  'next_attempt_at = NULL, lane = NULL, order_lane = NULL, due_at = NULL, lease_token = NULL, claim_count = 0';

/** What one attempt leaves at deliveries that ended with it. */
export interface EndedAttempt {
  /** Null when no answer came. */
  statusCode: number | null;
  /** Epoch milliseconds. */
  finishedAt: number;
}

/**
 * pending → pending, leased: hands deliveries to a worker until the lease ends, and counts the claim.
 *
 * @param ids sorted, of rows that the caller has locked
 */
export async function lease(
  manager: EntityManager,
  ids: string[],
  { leaseToken, leaseUntil }: { leaseToken: string; leaseUntil: number },
): Promise<void> {
  await manager.query(
    `UPDATE ${deliveries(manager)}
     SET lease_token = ?, due_at = ?, attempts_begun = attempts_begun + 1, claim_count = claim_count + 1
     WHERE id IN (${placeholders(ids.length)})`,
    [leaseToken, leaseUntil, ...ids],
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
  return affectedBy(
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
 * @param leaseToken the fencing token; left out: the caller holds the rows' locks and has compared their tokens
 * @returns how many deliveries the token still held
 */
export async function succeed(
  manager: EntityManager,
  ids: string[],
  { statusCode, finishedAt }: EndedAttempt,
  leaseToken?: string,
): Promise<number> {
  return affectedBy(
    manager,
    `UPDATE ${deliveries(manager)}
     SET state = 'succeeded', reason = NULL, attempt_count = attempt_count + 1, last_status_code = ?,
         ${ENDED}, finished_at = ?
     WHERE id IN (${placeholders(ids.length)})${leaseToken === undefined ? '' : ' AND lease_token = ?'}`,
    [statusCode, finishedAt, ...ids, ...(leaseToken === undefined ? [] : [leaseToken])],
  );
}

/** leased → failed, with the attempt that ended it; the caller holds the row's lock and has compared its token. */
export async function fail(
  manager: EntityManager,
  id: string,
  reason: FailureReason,
  { statusCode, finishedAt }: EndedAttempt,
): Promise<void> {
  await manager.query(
    `UPDATE ${tableOf(manager, DeliveryEntity)}
     SET state = 'failed', reason = ?, attempt_count = attempt_count + 1, last_status_code = ?, ${ENDED}, finished_at = ?
     WHERE id = ?`,
    [reason, statusCode, finishedAt, id],
  );
}

/**
 * pending → failed without an attempt: disabled, deleted, moved to another tenant, cancelled, or exhausted by workers
 * that died of it.
 *
 * @param ids of rows that the caller has locked
 * @param attempts how many attempts are added to the count: 1 where a line of the history stands for lost ones
 */
export async function failWithoutAttempt(
  manager: EntityManager,
  ids: string[],
  reason: FailureReason,
  finishedAt: number,
  attempts = 0,
): Promise<void> {
  await manager.query(
    `UPDATE ${deliveries(manager)}
     SET state = 'failed', reason = ?, attempt_count = attempt_count + ?, ${ENDED}, finished_at = ?
     WHERE id IN (${placeholders(ids.length)})`,
    [reason, attempts, finishedAt, ...ids],
  );
}

/** leased → pending: the attempt failed and the schedule has a retry left. The caller holds the row's lock. */
export async function reschedule(
  manager: EntityManager,
  id: string,
  next: {
    statusCode: number | null;
    /** When the retry is due, epoch milliseconds. */
    dueAt: number;
    trigger: AttemptTrigger;
    /** How many retries of the schedule are used now. */
    retriesUsed: number;
  },
): Promise<void> {
  await manager.query(
    `UPDATE ${tableOf(manager, DeliveryEntity)}
     SET attempt_count = attempt_count + 1, last_status_code = ?, next_attempt_at = ?, due_at = ?,
         next_trigger = ?, schedule_position = ?, lease_token = NULL, claim_count = 0
     WHERE id = ?`,
    [next.statusCode, next.dueAt, next.dueAt, next.trigger, next.retriesUsed, id],
  );
}

/** any state → succeeded, by a person's redelivery. What had succeeded before keeps its time. */
export async function succeedByHand(
  manager: EntityManager,
  id: string,
  { statusCode, finishedAt }: EndedAttempt,
): Promise<void> {
  await manager.query(
    // MySQL assigns from left to right: finished_at reads the state before it changes.
    `UPDATE ${tableOf(manager, DeliveryEntity)}
     SET finished_at = CASE WHEN state = 'succeeded' THEN finished_at ELSE ? END,
         state = 'succeeded', reason = NULL, ${ENDED},
         attempt_count = ${attemptsOf(manager)}, last_status_code = ?
     WHERE id = ?`,
    [finishedAt, statusCode, id],
  );
}

/** No transition: a redelivery failed, which counts as an attempt and changes neither state nor schedule. */
export async function countFailedRedelivery(
  manager: EntityManager,
  id: string,
  statusCode: number | null,
): Promise<void> {
  await manager.query(
    `UPDATE ${tableOf(manager, DeliveryEntity)} SET attempt_count = ${attemptsOf(manager)}, last_status_code = ? WHERE id = ?`,
    [statusCode, id],
  );
}

/** No transition: attempts ended after their lease was lost; they count, and the state is the new holder's. */
export async function countLateAttempts(manager: EntityManager, ids: string[]): Promise<void> {
  await manager.query(
    `UPDATE ${deliveries(manager)} SET attempt_count = ${attemptsOf(manager)}
     WHERE id IN (${placeholders(ids.length)})`,
    ids,
  );
}

/**
 * failed → pending, on a fresh schedule: a recovery.
 *
 * @param ids of rows that the caller has locked
 * @param isOrdered whether the webhook wants order: then each delivery takes its place in its line again
 */
export async function reopen(
  manager: EntityManager,
  ids: string[],
  now: number,
  isOrdered: boolean,
): Promise<void> {
  if (ids.length === 0) return;
  await manager.query(
    `UPDATE ${deliveries(manager)}
     SET state = 'pending', reason = NULL, lane = webhook_id, due_at = ?, next_attempt_at = ?, lease_token = NULL,
         order_lane = ${isOrdered ? 'CASE WHEN order_key IS NULL THEN NULL ELSE webhook_id END' : 'NULL'},
         schedule_position = 0, claim_count = 0, next_trigger = 'recovery', finished_at = NULL
     WHERE id IN (${placeholders(ids.length)})`,
    [now, now, ...ids],
  );
}

function deliveries(manager: EntityManager): string {
  return `${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))}`;
}

/** The count of a delivery's rows of attempts, for transitions in which more than one may have been added. */
function attemptsOf(manager: EntityManager): string {
  return `(SELECT COUNT(*) FROM ${tableOf(manager, AttemptEntity)} a WHERE a.delivery_id = ${tableOf(manager, DeliveryEntity)}.id)`;
}

async function affectedBy(manager: EntityManager, sql: string, values: unknown[]): Promise<number> {
  const { queryRunner } = manager;
  if (!queryRunner) throw new Error('A delivery changes its state in a transaction alone.');
  const { affected } = await queryRunner.query(sql, values, true);
  return affected ?? 0;
}
