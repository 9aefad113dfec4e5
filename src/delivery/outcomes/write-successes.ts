import type { EntityManager } from 'typeorm';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import { DeliveryEntity } from '../model/delivery-entities.js';
import type { Outcome } from '../model/outcome.js';

/** A delivery is no longer held under the lease of its claim. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';

  constructor() {
    super('A delivery whose attempt succeeded is held by somebody else, or has ended.');
  }
}

/** Whether an attempt of the schedule succeeded of which nobody is told: all that it changes is its delivery. */
export function isPlainSuccess({ result, claim }: Outcome): boolean {
  return result?.state === 'succeeded' && claim.trigger !== 'recovery';
}

/**
 * Ends deliveries whose attempts succeeded, each only under the lease of its claim.
 *
 * @param outcomes successes, sorted by delivery
 * @throws {LeaseLostError} when a lease is lost; the transaction must be rolled back then
 */
export async function succeedUnderLease(manager: EntityManager, outcomes: Outcome[]): Promise<void> {
  for (const group of groupsOf(outcomes, ({ claim }) => claim.leaseToken)) {
    const [first] = group;
    if ((await succeed(manager, group, first?.claim.leaseToken)) < group.length) throw new LeaseLostError();
  }
}

/**
 * Ends those deliveries whose attempts succeeded.
 *
 * @param outcomes sorted by delivery; the deliveries are locked and known to be held under the leases of their claims
 */
export async function succeedLocked(manager: EntityManager, outcomes: Outcome[]): Promise<void> {
  const succeeded = outcomes.filter(({ result }) => result?.state === 'succeeded');
  for (const group of groupsOf(succeeded, () => '')) await succeed(manager, group);
}

/** Groups with one status code each, which one statement can write; each keeps the order of its rows. */
function groupsOf(outcomes: Outcome[], keyOf: (outcome: Outcome) => string): Iterable<Outcome[]> {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const key = `${outcome.attempt.statusCode} ${keyOf(outcome)}`;
    const group = groups.get(key);
    if (group) group.push(outcome);
    else groups.set(key, [outcome]);
  }
  return groups.values();
}

/** @returns how many deliveries it found */
async function succeed(manager: EntityManager, group: Outcome[], leaseToken?: string): Promise<number> {
  const { queryRunner } = manager;
  if (!queryRunner) throw new Error('Successes can only be written in a transaction.');
  const finishedAt = Math.max(...group.map(({ attempt }) => attempt.startedAt + attempt.durationMs));
  const { affected } = await queryRunner.query(
    `UPDATE ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))}
     SET state = 'succeeded', reason = NULL, attempt_count = attempt_count + 1, last_status_code = ?,
         next_attempt_at = NULL, lane = NULL, order_lane = NULL, due_at = NULL, lease_token = NULL, claim_count = 0, finished_at = ?
     WHERE id IN (${placeholders(group.length)})${leaseToken === undefined ? '' : ' AND lease_token = ?'}`,
    [
      group[0]?.attempt.statusCode ?? null,
      finishedAt,
      ...group.map(({ claim }) => claim.deliveryId),
      ...(leaseToken === undefined ? [] : [leaseToken]),
    ],
    true,
  );
  return affected ?? 0;
}
