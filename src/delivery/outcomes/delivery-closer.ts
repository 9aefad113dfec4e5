import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import {
  byPrimaryKey,
  dialectOf,
  forUpdate,
  placeholders,
  skipLocked,
  tableOf,
} from '../../database/dialect.js';
import { lockCandidates } from '../../database/lock-candidates.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { InjectDatabase } from '../../host/tokens.js';
import { AttemptEntity, DeliveryEntity, type FailureReason } from '../model/delivery-entities.js';
import type { Condition } from '../model/delivery-selection.js';
import { DeliveryHooks, type DeliveryRef } from '../model/delivery-hooks.js';
import { failWithoutAttempt } from '../model/delivery-transitions.js';

const BATCH = 500;

/** Whatever a pending delivery is like. */
const ANY: Condition = { sql: '1 = 1', values: [] };

/** A delivery that its workers died of again and again, under the lease that was taken to end it. */
export interface PoisonedDelivery {
  deliveryId: string;
  leaseToken: string;
  /** The number of the attempt that was lost last. */
  number: number;
  url: string;
}

interface DeliveryRow {
  id: string;
  webhook_id: string;
  tenant: string | null;
}

function toRef({ id, webhook_id, tenant }: DeliveryRow): DeliveryRef {
  return { id, webhookId: webhook_id, tenant };
}

/** Ends deliveries without an attempt. */
@Injectable()
export class DeliveryCloser {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly hooks: DeliveryHooks,
  ) {}

  /**
   * Ends what is pending for a webhook, in batches. A delivery whose attempt is in flight is left to that attempt: a
   * success is a success, and after a failure this is called again.
   *
   * @returns how many were ended
   */
  async closeOfWebhook(webhookId: string, reason: FailureReason): Promise<number> {
    let ended = 0;
    for (;;) {
      const batch = await inReadCommitted(this.dataSource, (manager) =>
        this.closeBatch(manager, webhookId, reason),
      );
      this.hooks.ended(batch);
      ended += batch.length;
      if (batch.length < BATCH) return ended;
    }
  }

  /**
   * Ends everything that is pending for a webhook in the caller's transaction, also while an attempt is in flight: the
   * attempt is recorded and changes nothing.
   *
   * @returns reports what was ended; to be called after the commit
   */
  async closeWithin(manager: EntityManager, webhookId: string, reason: FailureReason): Promise<() => void> {
    const ended: DeliveryRef[] = [];
    for (;;) {
      const rows = await manager.query<DeliveryRow[]>(
        `SELECT id, webhook_id, tenant FROM ${tableOf(manager, DeliveryEntity)}
         WHERE lane = ? LIMIT ${BATCH}${forUpdate(manager)}`,
        [webhookId],
      );
      await this.fail(manager, rows, reason, { sql: 'lane = ?', values: [webhookId] });
      ended.push(...rows.map(toRef));
      if (rows.length < BATCH) return () => this.hooks.ended(ended);
    }
  }

  /**
   * Ends one pending delivery, also while its attempt is in flight: the attempt is recorded and changes nothing.
   *
   * @returns false when it was not pending
   */
  async close(deliveryId: string, reason: FailureReason): Promise<boolean> {
    return (await this.closePending([deliveryId], reason)) > 0;
  }

  /**
   * Ends those of many deliveries that are pending, in batches, each as {@link close} does.
   *
   * @returns how many were ended
   */
  async closePending(deliveryIds: string[], reason: FailureReason): Promise<number> {
    const sorted = deliveryIds.toSorted();
    let ended = 0;
    for (let start = 0; start < sorted.length; start += BATCH) {
      const some = sorted.slice(start, start + BATCH);
      const batch = await inReadCommitted(this.dataSource, async (manager) => {
        const rows = await manager.query<DeliveryRow[]>(
          `SELECT id, webhook_id, tenant FROM ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))}
           WHERE id IN (${placeholders(some.length)}) AND state = 'pending'
           ORDER BY id${forUpdate(manager)}`,
          some,
        );
        await this.fail(manager, rows, reason, ANY);
        return rows.map(toRef);
      });
      this.hooks.ended(batch);
      ended += batch.length;
    }
    return ended;
  }

  /** Ends deliveries that workers died of, each with an attempt in its history that says so. */
  async closePoisoned(deliveries: PoisonedDelivery[]): Promise<void> {
    for (const poisoned of deliveries) {
      const ended = await inReadCommitted(this.dataSource, async (manager) => {
        const [row] = await manager.query<(DeliveryRow & { next_trigger: string })[]>(
          `SELECT id, webhook_id, tenant, next_trigger FROM ${tableOf(manager, DeliveryEntity)} WHERE id = ? AND lease_token = ?`,
          [poisoned.deliveryId, poisoned.leaseToken],
        );
        if (!row) return [];
        const asRead = { sql: 'lease_token = ?', values: [poisoned.leaseToken] };
        await this.fail(manager, [row], 'exhausted', asRead, 1);
        await this.insertLostAttempt(manager, poisoned, row.next_trigger);
        return [toRef(row)];
      });
      this.hooks.ended(ended);
    }
  }

  private async insertLostAttempt(
    manager: EntityManager,
    { deliveryId, number, url }: PoisonedDelivery,
    trigger: string,
  ): Promise<void> {
    await manager.query(
      `INSERT INTO ${tableOf(manager, AttemptEntity)}
       (delivery_id, number, \`trigger\`, started_at, duration_ms, url, error, request_headers, response_truncated)
       VALUES (?,?,?,?,0,?,?,'{}',?)`,
      [
        deliveryId,
        number,
        trigger,
        this.clock.now(),
        url,
        'Nothing was sent: each worker that took this delivery ended before it could record an attempt.',
        false,
      ],
    );
  }

  private async closeBatch(
    manager: EntityManager,
    webhookId: string,
    reason: FailureReason,
  ): Promise<DeliveryRef[]> {
    const idle: Condition = {
      sql: 'lane = ? AND (lease_token IS NULL OR due_at <= ?)',
      values: [webhookId, this.clock.now()],
    };
    const deliveries = tableOf(manager, DeliveryEntity);
    const rows = await lockCandidates({
      most: BATCH,
      find: async (count, offset) => {
        const found = await manager.query<{ id: string }[]>(
          `SELECT id FROM ${deliveries} WHERE ${idle.sql} ORDER BY due_at LIMIT ${count} OFFSET ${offset}`,
          idle.values,
        );
        return found.map(({ id }) => id);
      },
      lock: (ids) =>
        manager.query<DeliveryRow[]>(
          `SELECT id, webhook_id, tenant FROM ${deliveries}${byPrimaryKey(dialectOf(manager))}
           WHERE id IN (${placeholders(ids.length)}) AND ${idle.sql}${skipLocked(manager)}`,
          [...ids, ...idle.values],
        ),
    });
    await this.fail(manager, rows, reason, idle);
    return rows.map(toRef);
  }

  /**
   * @param asRead what is true of the rows as they were read, beside their being pending
   * @throws {LostRaceError} when it is not so any more
   */
  private async fail(
    manager: EntityManager,
    rows: DeliveryRow[],
    reason: FailureReason,
    asRead: Condition,
    attempts = 0,
  ): Promise<void> {
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id).sort();
    await failWithoutAttempt(manager, ids, reason, this.clock.now(), { while: asRead, attempts });
  }
}
