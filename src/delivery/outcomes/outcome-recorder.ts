import { Injectable, Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { byPrimaryKey, dialectOf, insertIgnore, placeholders, tableOf } from '../../database/dialect.js';
import { insertRows } from '../../database/insert-rows.js';
import { inReadCommitted } from '../../database/transactions.js';
import { isOperational } from '../../events/event-catalogue.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { DeliveryHooks, type RecordedAttempt } from '../model/delivery-hooks.js';
import { freeConcurrencySlots, heldConcurrencySlots } from '../claiming/concurrency-slots.js';
import { awaitCommit } from '../recording/commit-watch.js';
import { insertEvent } from '../recording/insert-event.js';
import { byToken } from '../claiming/leases.js';
import {
  AttemptEntity,
  DeliveryEntity,
  type DeliveryState,
  RedeliveryEntity,
} from '../model/delivery-entities.js';
import { isSuccess } from '../model/attempt.js';
import type { Outcome } from '../model/outcome.js';
import { isPlainSuccess, LeaseLostError, succeedLocked, succeedUnderLease } from './write-successes.js';
import { InjectDatabase } from '../../host/tokens.js';

/** How the deliveries stood when they were locked. */
type Held = ReadonlyMap<string, { leaseToken: string | null; state: DeliveryState }>;

/**
 * Writes attempts and what they make of their deliveries, many in one transaction. An attempt is always kept; a state
 * is written only under the lease of its claim.
 */
@Injectable()
export class OutcomeRecorder {
  private readonly logger = new Logger('Delivery');

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
    private readonly happenings: DeliveryHooks,
  ) {}

  async record(outcomes: Outcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const sorted = outcomes.toSorted((a, b) => (a.claim.deliveryId < b.claim.deliveryId ? -1 : 1));
    if (sorted.every(isPlainSuccess) && (await this.recordSuccesses(sorted))) return;
    const { recorded, lost } = await inReadCommitted(this.dataSource, (manager) =>
      this.inTransaction(manager, sorted),
    );
    this.happenings.attempted(recorded);
    if (lost > 0) this.happenings.leasesLost(lost);
  }

  /**
   * The usual case: every attempt succeeded and every lease still holds, which the write itself finds out, so that
   * nothing need be read.
   *
   * @returns false when some lease was lost; nothing is written then
   */
  private async recordSuccesses(outcomes: Outcome[]): Promise<boolean> {
    try {
      await inReadCommitted(this.dataSource, async (manager) => {
        await this.insertAttempts(manager, outcomes);
        await succeedUnderLease(manager, outcomes);
        await freeConcurrencySlots(manager, heldConcurrencySlots(outcomes.map(({ claim }) => claim)));
      });
      this.happenings.attempted(outcomes.map((outcome) => ({ outcome, ended: 'succeeded' })));
      return true;
    } catch (error) {
      if (error instanceof LeaseLostError) return false;
      throw error;
    }
  }

  private async inTransaction(
    manager: EntityManager,
    outcomes: Outcome[],
  ): Promise<{ recorded: RecordedAttempt[]; lost: number }> {
    // Rows are locked in the order of their ids before anything is written, so that two batches never cross.
    const held = await this.lockHeld(manager, outcomes);
    await this.insertAttempts(manager, outcomes);
    const scheduled = outcomes.filter(({ result }) => result !== null);
    const [kept, lost] = partition(
      scheduled,
      ({ claim }) => held.get(claim.deliveryId)?.leaseToken === claim.leaseToken,
    );
    await succeedLocked(manager, kept);
    await this.writeOthers(manager, kept);
    await this.countLost(manager, lost);
    const manual = outcomes.filter(({ result }) => result === null);
    await this.writeManual(manager, manual);
    await freeConcurrencySlots(manager, heldConcurrencySlots(outcomes.map(({ claim }) => claim)));
    await this.announce(manager, kept, manual, held);
    const recorded = [
      ...kept.map((outcome) => ({ outcome, ended: endOf(outcome) })),
      ...lost.map((outcome) => ({ outcome, ended: null })),
      ...manual.map((outcome) => ({ outcome, ended: endOfManual(outcome, held) })),
    ];
    return { recorded, lost: lost.length };
  }

  /** What became of deliveries is told to those who asked for it; deliveries of such events make none. */
  private async announce(
    manager: EntityManager,
    kept: Outcome[],
    manual: Outcome[],
    held: Held,
  ): Promise<void> {
    const told = [
      ...kept.flatMap((outcome) => {
        if (outcome.result?.state === 'failed' && outcome.result.reason === 'exhausted') {
          return [{ type: 'delivery.exhausted', outcome }];
        }
        const again = outcome.claim.trigger === 'recovery' && outcome.claim.number > 1;
        return again && isSuccess(outcome.attempt) ? [{ type: 'delivery.recovered', outcome }] : [];
      }),
      ...manual
        .filter(({ claim, attempt }) => isSuccess(attempt) && held.get(claim.deliveryId)?.state === 'failed')
        .map((outcome) => ({ type: 'delivery.recovered', outcome })),
    ].filter(({ outcome }) => !isOperational(outcome.claim.event));
    for (const { type, outcome } of told) {
      const { claim, attempt } = outcome;
      await insertEvent(manager, {
        id: this.ids.next(),
        type,
        model: null,
        uid: null,
        key: claim.deliveryId,
        tenant: claim.webhook.tenant,
        data: {
          deliveryId: claim.deliveryId,
          webhookId: claim.webhook.id,
          eventId: claim.eventId,
          event: claim.event,
          attemptCount: claim.number,
          lastStatusCode: attempt.statusCode,
        },
        createdAt: this.clock.now(),
      });
      awaitCommit(manager);
    }
  }

  private async lockHeld(manager: EntityManager, outcomes: Outcome[]): Promise<Held> {
    const ids = outcomes.map(({ claim }) => claim.deliveryId);
    const rows = await manager.query<{ id: string; lease_token: string | null; state: DeliveryState }[]>(
      `SELECT id, lease_token, state FROM ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))} WHERE id IN (${placeholders(ids.length)})
       ORDER BY id${dialectOf(manager) === 'mysql' ? ' FOR UPDATE' : ''}`,
      ids,
    );
    return new Map(rows.map(({ id, lease_token, state }) => [id, { leaseToken: lease_token, state }]));
  }

  private async insertAttempts(manager: EntityManager, outcomes: Outcome[]): Promise<void> {
    await insertRows(
      manager,
      // Ignoring what stands: a commit whose answer was lost is repeated.
      `${insertIgnore(dialectOf(manager))} ${tableOf(manager, AttemptEntity)}
       (delivery_id, number, \`trigger\`, started_at, duration_ms, url, status_code, error,
        request_headers, response_headers, response_body, response_truncated)`,
      outcomes.map(({ claim, attempt }) => [
        claim.deliveryId,
        claim.number,
        claim.trigger,
        attempt.startedAt,
        attempt.durationMs,
        attempt.url,
        attempt.statusCode,
        attempt.error,
        JSON.stringify(attempt.requestHeaders),
        attempt.responseHeaders && JSON.stringify(attempt.responseHeaders),
        attempt.responseBody,
        attempt.responseTruncated,
      ]),
    );
  }

  private async writeOthers(manager: EntityManager, outcomes: Outcome[]): Promise<void> {
    const table = tableOf(manager, DeliveryEntity);
    for (const { claim, attempt, result } of outcomes) {
      if (result?.state === 'pending') {
        await manager.query(
          `UPDATE ${table} SET attempt_count = attempt_count + 1, last_status_code = ?, next_attempt_at = ?, due_at = ?,
           next_trigger = ?, schedule_position = ?, lease_token = NULL, claim_count = 0 WHERE id = ?`,
          [
            attempt.statusCode,
            result.dueAt,
            result.dueAt,
            claim.trigger === 'event' ? 'retry' : claim.trigger,
            claim.retriesUsed + 1,
            claim.deliveryId,
          ],
        );
      } else if (result?.state === 'failed') {
        await manager.query(
          `UPDATE ${table} SET state = 'failed', reason = ?, attempt_count = attempt_count + 1, last_status_code = ?,
           next_attempt_at = NULL, lane = NULL, order_lane = NULL, due_at = NULL, lease_token = NULL, claim_count = 0, finished_at = ? WHERE id = ?`,
          [result.reason, attempt.statusCode, result.finishedAt, claim.deliveryId],
        );
      }
    }
  }

  /** The lease ran out and somebody else has the delivery, or it was ended: the attempt counts, the state is theirs. */
  private async countLost(manager: EntityManager, lost: Outcome[]): Promise<void> {
    if (lost.length === 0) return;
    const ids = lost.map(({ claim }) => claim.deliveryId);
    this.logger.warn(
      `${lost.length} attempts ended after their lease was lost; they are kept and change no state: ${ids.slice(0, 5).join(', ')}`,
    );
    await manager.query(
      `UPDATE ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))} SET attempt_count = ${this.countAttempts(manager)}
       WHERE id IN (${placeholders(ids.length)})`,
      ids,
    );
  }

  private countAttempts(manager: EntityManager): string {
    const deliveries = tableOf(manager, DeliveryEntity);
    return `(SELECT COUNT(*) FROM ${tableOf(manager, AttemptEntity)} a WHERE a.delivery_id = ${deliveries}.id)`;
  }

  private async writeManual(manager: EntityManager, outcomes: Outcome[]): Promise<void> {
    const table = tableOf(manager, DeliveryEntity);
    for (const { claim, attempt } of outcomes) {
      const ends = isSuccess(attempt)
        ? `finished_at = CASE WHEN state = 'succeeded' THEN finished_at ELSE ${attempt.startedAt + attempt.durationMs} END,
           state = 'succeeded', reason = NULL, next_attempt_at = NULL, lane = NULL, order_lane = NULL, due_at = NULL,
           lease_token = NULL, claim_count = 0,`
        : '';
      await manager.query(
        `UPDATE ${table} SET ${ends} attempt_count = ${this.countAttempts(manager)}, last_status_code = ? WHERE id = ?`,
        [attempt.statusCode, claim.deliveryId],
      );
    }
    for (const [token, ids] of byToken(
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

function endOf({ result }: Outcome): RecordedAttempt['ended'] {
  return result === null || result.state === 'pending' ? null : result.state;
}

/** What had succeeded before does not succeed again. */
function endOfManual({ claim, attempt }: Outcome, held: Held): RecordedAttempt['ended'] {
  const again = held.get(claim.deliveryId)?.state === 'succeeded';
  return isSuccess(attempt) && !again ? 'succeeded' : null;
}

function partition<T>(items: T[], belongs: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (belongs(item) ? yes : no).push(item);
  return [yes, no];
}
