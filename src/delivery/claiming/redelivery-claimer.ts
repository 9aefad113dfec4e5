import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { dialectOf, placeholders, skipLocked, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { DeliveryEntity, RedeliveryEntity, WebhookBodyEntity } from '../model/delivery-entities.js';
import type { Claim } from '../model/claim.js';
import { InjectDatabase } from '../../host/tokens.js';

interface RedeliveryRow {
  id: string;
  delivery_id: string;
  event_id: string;
  webhook_id: string;
  event: string;
  attempts_begun: number;
  content_type: string;
  body: string;
  trace: string | null;
}

/**
 * Takes a person's redeliveries that wait for their one attempt. They are bound by no schedule and hold no lease on
 * the delivery itself: the row of the wish is what is leased.
 */
@Injectable()
export class RedeliveryClaimer {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
  ) {}

  async claim(
    most: number,
    leaseMs: number,
    webhooks: ReadonlyMap<string, DeliverableWebhook>,
  ): Promise<Claim[]> {
    if (!(await this.anyDue())) return [];
    return inReadCommitted(this.dataSource, (manager) =>
      this.inTransaction(manager, most, leaseMs, webhooks),
    );
  }

  private async anyDue(): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM ${tableOf(this.dataSource, RedeliveryEntity)} WHERE due_at <= ? LIMIT 1`,
      [this.clock.now()],
    );
    return rows.length > 0;
  }

  private async inTransaction(
    manager: EntityManager,
    most: number,
    leaseMs: number,
    webhooks: ReadonlyMap<string, DeliverableWebhook>,
  ): Promise<Claim[]> {
    const redeliveries = tableOf(manager, RedeliveryEntity);
    const deliveries = tableOf(manager, DeliveryEntity);
    const now = this.clock.now();
    const wishes = await manager.query<{ id: string; delivery_id: string }[]>(
      `SELECT id, delivery_id FROM ${redeliveries} WHERE due_at <= ? ORDER BY due_at LIMIT ?${skipLocked(dialectOf(manager))}`,
      [now, most],
    );
    if (wishes.length === 0) return [];
    const leaseToken = this.ids.next();
    const ids = wishes.map(({ id }) => id).sort();
    await manager.query(
      `UPDATE ${redeliveries} SET lease_token = ?, due_at = ? WHERE id IN (${placeholders(ids.length)})`,
      [leaseToken, now + leaseMs, ...ids],
    );
    // One by one: a delivery that was wished for twice gets two numbers.
    const numbers = new Map<string, number>();
    for (const { id, delivery_id } of wishes.toSorted((a, b) => (a.delivery_id < b.delivery_id ? -1 : 1))) {
      await manager.query(`UPDATE ${deliveries} SET attempts_begun = attempts_begun + 1 WHERE id = ?`, [
        delivery_id,
      ]);
      const [row] = await manager.query<{ attempts_begun: number }[]>(
        `SELECT attempts_begun FROM ${deliveries} WHERE id = ?`,
        [delivery_id],
      );
      if (row) numbers.set(id, row.attempts_begun);
    }
    const rows = await manager.query<RedeliveryRow[]>(
      `SELECT r.id, r.delivery_id, d.event_id, d.webhook_id, d.event, d.attempts_begun, b.content_type, b.body, b.trace
       FROM ${redeliveries} r
       JOIN ${deliveries} d ON d.id = r.delivery_id
       JOIN ${tableOf(manager, WebhookBodyEntity)} b ON b.event_id = d.event_id AND b.rendering = d.rendering
       WHERE r.id IN (${placeholders(ids.length)})`,
      ids,
    );
    const claims = rows.flatMap((row) => {
      const webhook = webhooks.get(row.webhook_id);
      return webhook
        ? [
            claimOf(row, webhook, numbers.get(row.id) ?? row.attempts_begun, {
              leaseToken,
              leaseUntil: now + leaseMs,
            }),
          ]
        : [];
    });
    await this.dropUnfulfillable(manager, ids, claims);
    return claims;
  }

  /** A wish whose webhook was deleted meanwhile, or whose delivery retention removed, goes without an attempt. */
  private async dropUnfulfillable(manager: EntityManager, ids: string[], claims: Claim[]): Promise<void> {
    const kept = new Set(claims.map(({ redeliveryId }) => redeliveryId));
    const gone = ids.filter((id) => !kept.has(id));
    await deleteByKeys(manager, tableOf(manager, RedeliveryEntity), 'id', gone);
  }
}

function claimOf(
  row: RedeliveryRow,
  webhook: DeliverableWebhook,
  number: number,
  lease: Pick<Claim, 'leaseToken' | 'leaseUntil'>,
): Claim {
  return {
    deliveryId: row.delivery_id,
    eventId: row.event_id,
    event: row.event,
    webhook,
    contentType: row.content_type,
    body: row.body,
    trigger: 'manual',
    number,
    retriesUsed: 0,
    ...lease,
    slot: null,
    redeliveryId: row.id,
    trace: row.trace,
  };
}
