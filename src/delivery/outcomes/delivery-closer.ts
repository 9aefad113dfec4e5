import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { byPrimaryKey, dialectOf, placeholders, skipLocked, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { DeliveryHooks, type DeliveryRef } from '../model/delivery-hooks.js';
import { AttemptEntity, DeliveryEntity, type FailureReason } from '../model/delivery-entities.js';
import { InjectDatabase } from '../../host/tokens.js';

const BATCH = 500;

interface TouchedRow {
  id: string;
  webhook_id: string;
  tenant: string | null;
}

function touched({ id, webhook_id, tenant }: TouchedRow): DeliveryRef {
  return { id, webhookId: webhook_id, tenant };
}

/** Ends deliveries without an attempt. */
@Injectable()
export class DeliveryCloser {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly happenings: DeliveryHooks,
  ) {}

  /**
   * Ends what is pending for a webhook, in batches. What an attempt is out for is left to that attempt: a success is
   * a success, and after a failure this is called again.
   *
   * @returns how many were ended
   */
  async ofWebhook(webhookId: string, reason: FailureReason): Promise<number> {
    let ended = 0;
    for (;;) {
      const batch = await inReadCommitted(this.dataSource, (manager) =>
        this.batchOfWebhook(manager, webhookId, reason),
      );
      this.happenings.ended(batch);
      ended += batch.length;
      if (batch.length < BATCH) return ended;
    }
  }

  /** Ends one pending delivery, also while an attempt is out for it: the attempt is kept and changes nothing. */
  async one(deliveryId: string, reason: FailureReason): Promise<boolean> {
    const ended = await inReadCommitted(this.dataSource, async (manager) => {
      const [row] = await manager.query<(TouchedRow & { state: string })[]>(
        `SELECT id, webhook_id, tenant, state FROM ${tableOf(manager, DeliveryEntity)} WHERE id = ?${dialectOf(manager) === 'mysql' ? ' FOR UPDATE' : ''}`,
        [deliveryId],
      );
      if (row?.state !== 'pending') return [];
      await this.end(manager, [deliveryId], reason);
      return [touched(row)];
    });
    this.happenings.ended(ended);
    return ended.length > 0;
  }

  /**
   * Ends those of many deliveries that are pending, in batches, each as {@link one} does.
   *
   * @returns how many were ended
   */
  async pending(deliveryIds: string[], reason: FailureReason): Promise<number> {
    const sorted = deliveryIds.toSorted();
    let ended = 0;
    for (let start = 0; start < sorted.length; start += BATCH) {
      const some = sorted.slice(start, start + BATCH);
      const batch = await inReadCommitted(this.dataSource, async (manager) => {
        const rows = await manager.query<TouchedRow[]>(
          `SELECT id, webhook_id, tenant FROM ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))}
           WHERE id IN (${placeholders(some.length)}) AND state = 'pending'
           ORDER BY id${dialectOf(manager) === 'mysql' ? ' FOR UPDATE' : ''}`,
          some,
        );
        if (rows.length > 0)
          await this.end(
            manager,
            rows.map(({ id }) => id),
            reason,
          );
        return rows.map(touched);
      });
      this.happenings.ended(batch);
      ended += batch.length;
    }
    return ended;
  }

  /** Ends deliveries that workers died of, with a line in their history that says so. */
  async deadly(
    deliveries: { deliveryId: string; leaseToken: string; number: number; url: string }[],
  ): Promise<void> {
    for (const { deliveryId, leaseToken, number, url } of deliveries) {
      const ended = await inReadCommitted(this.dataSource, async (manager) => {
        const [row] = await manager.query<(TouchedRow & { next_trigger: string })[]>(
          `SELECT id, webhook_id, tenant, next_trigger FROM ${tableOf(manager, DeliveryEntity)} WHERE id = ? AND lease_token = ?`,
          [deliveryId, leaseToken],
        );
        if (!row) return [];
        await manager.query(
          `INSERT INTO ${tableOf(manager, AttemptEntity)}
           (delivery_id, number, \`trigger\`, started_at, duration_ms, url, error, request_headers, response_truncated)
           VALUES (?,?,?,?,0,?,?,'{}',?)`,
          [
            deliveryId,
            number,
            row.next_trigger,
            this.clock.now(),
            url,
            'Nothing was sent: each worker that took this delivery ended before it could record an attempt.',
            false,
          ],
        );
        await this.end(manager, [deliveryId], 'exhausted', 1);
        return [touched(row)];
      });
      this.happenings.ended(ended);
    }
  }

  private async batchOfWebhook(manager: EntityManager, webhookId: string, reason: FailureReason) {
    const rows = await manager.query<TouchedRow[]>(
      `SELECT id, webhook_id, tenant FROM ${tableOf(manager, DeliveryEntity)}
       WHERE lane = ? AND (lease_token IS NULL OR due_at <= ?) LIMIT ${BATCH}${skipLocked(dialectOf(manager))}`,
      [webhookId, this.clock.now()],
    );
    const ids = rows.map(({ id }) => id).sort();
    if (ids.length > 0) await this.end(manager, ids, reason);
    return rows.map(touched);
  }

  private async end(
    manager: EntityManager,
    ids: string[],
    reason: FailureReason,
    attempts = 0,
  ): Promise<void> {
    await manager.query(
      `UPDATE ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))}
       SET state = 'failed', reason = ?, attempt_count = attempt_count + ?, next_attempt_at = NULL, lane = NULL, order_lane = NULL,
           due_at = NULL, lease_token = NULL, finished_at = ?
       WHERE id IN (${placeholders(ids.length)})`,
      [reason, attempts, this.clock.now(), ...ids],
    );
  }
}
