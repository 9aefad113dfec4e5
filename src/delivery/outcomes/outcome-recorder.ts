import { Injectable, Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { LostRaceError } from '../../database/database-errors.js';
import { byPrimaryKey, dialectOf, forUpdate, placeholders, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { InjectDatabase } from '../../host/tokens.js';
import { freeConcurrencySlots, heldConcurrencySlots } from '../claiming/concurrency-slots.js';
import { groupByToken } from '../claiming/leases.js';
import { isSuccess } from '../model/attempt.js';
import { countFailedRedelivery, countLateAttempts } from '../model/count-attempts.js';
import { DeliveryEntity, type DeliveryState, RedeliveryEntity } from '../model/delivery-entities.js';
import { DeliveryHooks, type RecordedAttempt } from '../model/delivery-hooks.js';
import { fail, reschedule, succeed, succeedByHand } from '../model/delivery-transitions.js';
import { findErased } from '../model/erased-events.js';
import type { Outcome } from '../model/outcome.js';
import { recordDeliveryEvents } from './delivery-events.js';
import { insertAttempts } from './insert-attempts.js';
import { RequestLog } from './request-log.js';

/** The deliveries of a batch as they stood when they were read: what is written asks that they still do. */
export type LockedDeliveries = ReadonlyMap<string, { leaseToken: string | null; state: DeliveryState }>;

/** A delivery is no longer held under the lease of its claim. */
class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';

  constructor() {
    super('A delivery whose attempt succeeded was claimed by another worker, or has ended.');
  }
}

/**
 * Records attempts and what they make of their deliveries, many in one transaction. An attempt is always kept; a state
 * is written only under the lease of its claim (fencing).
 */
@Injectable()
export class OutcomeRecorder {
  private readonly logger = new Logger('Delivery');

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
    private readonly hooks: DeliveryHooks,
    private readonly requests: RequestLog,
  ) {}

  async record(outcomes: Outcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const sorted = outcomes.toSorted((a, b) => (a.claim.deliveryId < b.claim.deliveryId ? -1 : 1));
    if (sorted.every(isPlainSuccess) && (await this.recordSuccesses(sorted))) return;
    const { recorded, late, markStored } = await inReadCommitted(this.dataSource, (manager) =>
      this.recordAll(manager, sorted),
    );
    markStored();
    this.hooks.attempted(recorded);
    if (late > 0) this.hooks.leasesLost(late);
  }

  /**
   * The usual case: every attempt succeeded and every lease still holds. The UPDATE itself finds that out, so that
   * nothing is read.
   *
   * @returns false when a lease was lost; the transaction is rolled back then
   */
  private async recordSuccesses(outcomes: Outcome[]): Promise<boolean> {
    try {
      const markStored = await inReadCommitted(this.dataSource, async (manager) => {
        const described = await this.requests.describe(manager, outcomes);
        await insertAttempts(manager, outcomes, described.requests);
        for (const group of groupByStatus(outcomes, ({ claim }) => claim.leaseToken)) {
          const held = await succeed(manager, idsOf(group), endOfGroup(group), tokensOf(group));
          if (held < group.length) throw new LeaseLostError();
        }
        await freeConcurrencySlots(manager, heldConcurrencySlots(outcomes.map(({ claim }) => claim)));
        return described.markStored;
      });
      markStored();
      this.hooks.attempted(outcomes.map((outcome) => ({ outcome, ended: 'succeeded' })));
      return true;
    } catch (error) {
      if (error instanceof LeaseLostError) return false;
      throw error;
    }
  }

  private async recordAll(
    manager: EntityManager,
    outcomes: Outcome[],
  ): Promise<{ recorded: RecordedAttempt[]; late: number; markStored: () => void }> {
    // Rows are locked in the order of their ids before anything is written, so that two batches never deadlock.
    const locked = await lockDeliveries(manager, outcomes);
    const scheduled = outcomes.filter(({ result }) => result !== null);
    const [held, late] = partition(
      scheduled,
      ({ claim }) => locked.get(claim.deliveryId)?.leaseToken === claim.leaseToken,
    );
    const manual = outcomes.filter(({ result }) => result === null);
    // An erasure ends what is pending: what is written under a lease fails then, all else has to look.
    const erased = await findErased(
      manager,
      [...late, ...manual].map(({ claim }) => claim.eventId),
    );
    const { requests, markStored } = await this.requests.describe(manager, outcomes);
    await insertAttempts(manager, outcomes, requests, erased);
    await this.writeHeld(manager, held);
    await this.countLate(manager, late);
    await this.writeManual(manager, manual, locked);
    await freeConcurrencySlots(manager, heldConcurrencySlots(outcomes.map(({ claim }) => claim)));
    await recordDeliveryEvents(manager, { held, manual, locked }, this.ids, this.clock.now());
    const recorded = [
      ...held.map((outcome) => ({ outcome, ended: endOf(outcome) })),
      ...late.map((outcome) => ({ outcome, ended: null })),
      ...manual.map((outcome) => ({ outcome, ended: endOfManual(outcome, locked) })),
    ];
    return { recorded, late: late.length, markStored };
  }

  /**
   * Writes the new states of deliveries that were read under the leases of their claims.
   *
   * @throws {LostRaceError} when another worker has claimed or ended one since
   */
  private async writeHeld(manager: EntityManager, held: Outcome[]): Promise<void> {
    const succeeded = held.filter(({ result }) => result?.state === 'succeeded');
    for (const group of groupByStatus(succeeded, () => '')) {
      const written = await succeed(manager, idsOf(group), endOfGroup(group), tokensOf(group));
      if (written < group.length) throw new LostRaceError('deliveries');
    }
    for (const { claim, attempt, result } of held) {
      const { statusCode } = attempt;
      if (result?.state === 'pending') {
        const trigger = claim.trigger === 'event' ? 'retry' : claim.trigger;
        const next = { statusCode, dueAt: result.dueAt, trigger, retriesUsed: claim.retriesUsed + 1 };
        await reschedule(manager, claim, next);
      } else if (result?.state === 'failed') {
        const { finishedAt } = result;
        await fail(manager, claim, result.reason, { statusCode, finishedAt });
      }
    }
  }

  /** The lease ended and another worker claimed the delivery, or it was closed: the attempt counts, the state is theirs. */
  private async countLate(manager: EntityManager, late: Outcome[]): Promise<void> {
    if (late.length === 0) return;
    const ids = idsOf(late);
    this.logger.warn(
      `${late.length} attempts ended after their lease was lost; they are kept and change no state: ${ids.slice(0, 5).join(', ')}`,
    );
    await countLateAttempts(manager, ids);
  }

  private async writeManual(
    manager: EntityManager,
    outcomes: Outcome[],
    locked: LockedDeliveries,
  ): Promise<void> {
    const states = new Map([...locked].map(([id, { state }]) => [id, state]));
    for (const { claim, attempt } of outcomes) {
      const { statusCode } = attempt;
      const finishedAt = endedAt(attempt);
      const state = states.get(claim.deliveryId);
      // Retention has removed the delivery.
      if (state === undefined) continue;
      if (isSuccess(attempt)) {
        await succeedByHand(manager, claim.deliveryId, { statusCode, finishedAt }, state);
        states.set(claim.deliveryId, 'succeeded');
      } else await countFailedRedelivery(manager, claim.deliveryId, statusCode);
    }
    for (const [token, ids] of groupByToken(
      outcomes.map(({ claim }) => claim),
      ({ redeliveryId }) => redeliveryId ?? '',
    )) {
      await deleteByKeys(manager, tableOf(manager, RedeliveryEntity), 'id', ids, {
        sql: 'lease_token = ?',
        values: [token],
      });
    }
  }
}

async function lockDeliveries(manager: EntityManager, outcomes: Outcome[]): Promise<LockedDeliveries> {
  const rows = await manager.query<{ id: string; lease_token: string | null; state: DeliveryState }[]>(
    `SELECT id, lease_token, state FROM ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))} WHERE id IN (${placeholders(outcomes.length)})
     ORDER BY id${forUpdate(manager)}`,
    idsOf(outcomes),
  );
  return new Map(rows.map(({ id, lease_token, state }) => [id, { leaseToken: lease_token, state }]));
}

/** A success of the schedule that makes no operational event: all that changes is its delivery. */
function isPlainSuccess({ result, claim }: Outcome): boolean {
  return result?.state === 'succeeded' && claim.trigger !== 'recovery';
}

/** Groups with one status code each, which one statement can write; each keeps the order of its rows. */
function groupByStatus(outcomes: Outcome[], keyOf: (outcome: Outcome) => string): Iterable<Outcome[]> {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const key = `${outcome.attempt.statusCode} ${keyOf(outcome)}`;
    const group = groups.get(key);
    if (group) group.push(outcome);
    else groups.set(key, [outcome]);
  }
  return groups.values();
}

function idsOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(({ claim }) => claim.deliveryId);
}

function tokensOf(outcomes: readonly Outcome[]): string[] {
  return [...new Set(outcomes.map(({ claim }) => claim.leaseToken))];
}

function endOfGroup(group: readonly Outcome[]): { statusCode: number | null; finishedAt: number } {
  const finishedAt = Math.max(...group.map(({ attempt }) => endedAt(attempt)));
  return { statusCode: group[0]?.attempt.statusCode ?? null, finishedAt };
}

function endedAt({ startedAt, durationMs }: Outcome['attempt']): number {
  return startedAt + durationMs;
}

function endOf({ result }: Outcome): RecordedAttempt['ended'] {
  return result === null || result.state === 'pending' ? null : result.state;
}

/** A delivery that had succeeded before does not succeed again. */
function endOfManual({ claim, attempt }: Outcome, locked: LockedDeliveries): RecordedAttempt['ended'] {
  const hadSucceeded = locked.get(claim.deliveryId)?.state === 'succeeded';
  return isSuccess(attempt) && !hadSucceeded ? 'succeeded' : null;
}

function partition<T>(items: T[], belongs: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (belongs(item) ? yes : no).push(item);
  return [yes, no];
}
