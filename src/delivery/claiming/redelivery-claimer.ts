import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { writeWhere } from '../../database/conditional-write.js';
import { byPrimaryKey, dialectOf, placeholders, skipLocked, tableOf } from '../../database/dialect.js';
import { lockCandidates } from '../../database/lock-candidates.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { mayReceiveAnew } from '../../webhooks/subscriptions/may-receive.js';
import {
  DeliveryEntity,
  RedeliveryEntity,
  WebhookBodyEntity,
  WebhookEventEntity,
} from '../model/delivery-entities.js';
import { type Claim, claimFromRow, type ClaimRow, type Lease } from '../model/claim.js';
import { completeBodies, type LeftJoined } from '../model/stored-bodies.js';
import { InjectDatabase } from '../../host/tokens.js';

interface RedeliveryRow extends ClaimRow {
  id: string;
  attempts_begun: number;
  tenant: string | null;
  event_tenant: string | null;
}

/**
 * Claims a person's redeliveries for their one attempt. The lease is on the row of the redelivery, not on the delivery:
 * the attempt is bound by no schedule.
 */
@Injectable()
export class RedeliveryClaimer {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
  ) {}

  /** @param isHeld as of the claimer of deliveries, by the id of the redelivery */
  async claim(
    most: number,
    leaseMs: number,
    webhooks: ReadonlyMap<string, DeliverableWebhook>,
    isHeld: (redeliveryId: string) => boolean = () => false,
  ): Promise<Claim[]> {
    if (!(await this.isAnyDue())) return [];
    return inReadCommitted(this.dataSource, (manager) =>
      this.claimSome(manager, most, leaseMs, webhooks, isHeld),
    );
  }

  private async isAnyDue(): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT 1 FROM ${tableOf(this.dataSource, RedeliveryEntity)} WHERE due_at <= ? LIMIT 1`,
      [this.clock.now()],
    );
    return rows.length > 0;
  }

  private async claimSome(
    manager: EntityManager,
    most: number,
    leaseMs: number,
    webhooks: ReadonlyMap<string, DeliverableWebhook>,
    isHeld: (redeliveryId: string) => boolean,
  ): Promise<Claim[]> {
    const redeliveries = tableOf(manager, RedeliveryEntity);
    const now = this.clock.now();
    // Left due and not put off: an instance that has the key may find them first.
    const lost = [...webhooks.values()].filter(({ hasLostKey }) => hasLostKey).map(({ id }) => id);
    const isOpen = `NOT EXISTS (SELECT 1 FROM ${tableOf(manager, DeliveryEntity)} d
      WHERE d.id = ${redeliveries}.delivery_id AND d.webhook_id IN (${placeholders(lost.length)}))`;
    const read = async (sql: string, values: unknown[]) =>
      (await manager.query<{ id: string }[]>(sql, values)).map(({ id }) => id);
    const ids = await lockCandidates({
      most,
      find: (count, offset) =>
        read(
          `SELECT id FROM ${redeliveries} WHERE due_at <= ? ${lost.length > 0 ? `AND ${isOpen}` : ''}
           ORDER BY due_at LIMIT ? OFFSET ?`,
          [now, ...lost, count, offset],
        ),
      lock: async (found) => {
        const others = found.filter((id) => !isHeld(id));
        if (others.length === 0) return [];
        return read(
          `SELECT id FROM ${redeliveries}${byPrimaryKey(dialectOf(manager))}
           WHERE id IN (${placeholders(others.length)}) AND due_at <= ?${skipLocked(manager)}`,
          [...others, now],
        );
      },
    });
    if (ids.length === 0) return [];
    ids.sort();
    const newLease: Lease = { leaseToken: this.ids.next(), leaseUntil: now + leaseMs };
    await writeWhere(
      manager,
      `UPDATE ${redeliveries} SET lease_token = ?, due_at = ?
       WHERE id IN (${placeholders(ids.length)}) AND due_at <= ?`,
      [newLease.leaseToken, newLease.leaseUntil, ...ids, now],
    );
    // What another worker has claimed since it was found has that worker's token.
    const claimed = await manager.query<LeftJoined<RedeliveryRow>[]>(
      `SELECT r.id, r.delivery_id, d.event_id, d.webhook_id, d.event, d.attempts_begun, d.tenant,
              e.tenant AS event_tenant, d.rendering, b.content_type, b.body, b.trace
       FROM ${redeliveries} r
       JOIN ${tableOf(manager, DeliveryEntity)} d ON d.id = r.delivery_id
       JOIN ${tableOf(manager, WebhookEventEntity)} e ON e.id = d.event_id
       LEFT JOIN ${tableOf(manager, WebhookBodyEntity)} b ON b.event_id = d.event_id AND b.rendering = d.rendering
       WHERE r.id IN (${placeholders(ids.length)}) AND r.lease_token = ?`,
      [...ids, newLease.leaseToken],
    );
    const rows = await completeBodies<RedeliveryRow>(manager, claimed);
    const numbers = await this.takeNumbers(manager, rows);
    const claims = rows.flatMap((row) => {
      const webhook = webhooks.get(row.webhook_id);
      const tenants = { tenant: row.tenant, eventTenant: row.event_tenant };
      if (!webhook || !mayReceiveAnew(webhook, tenants)) return [];
      const number = numbers.get(row.id) ?? row.attempts_begun;
      return [claimFromRow(row, webhook, newLease, { trigger: 'manual', number, redeliveryId: row.id })];
    });
    await this.deleteOrphaned(manager, ids, claims, newLease.leaseToken);
    return claims;
  }

  /** Takes the next attempt number of each delivery, one by one: two requests for one delivery get two numbers. */
  private async takeNumbers(
    manager: EntityManager,
    requests: { id: string; delivery_id: string }[],
  ): Promise<Map<string, number>> {
    const deliveries = tableOf(manager, DeliveryEntity);
    const numbers = new Map<string, number>();
    for (const { id, delivery_id } of requests.toSorted((a, b) => (a.delivery_id < b.delivery_id ? -1 : 1))) {
      await manager.query(`UPDATE ${deliveries} SET attempts_begun = attempts_begun + 1 WHERE id = ?`, [
        delivery_id,
      ]);
      const [row] = await manager.query<{ attempts_begun: number }[]>(
        `SELECT attempts_begun FROM ${deliveries} WHERE id = ?`,
        [delivery_id],
      );
      if (row) numbers.set(id, row.attempts_begun);
    }
    return numbers;
  }

  /**
   * A request whose webhook was deleted or went to another tenant meanwhile, or whose delivery retention removed, is
   * deleted without an attempt.
   */
  private async deleteOrphaned(
    manager: EntityManager,
    ids: string[],
    claims: Claim[],
    leaseToken: string,
  ): Promise<void> {
    const kept = new Set(claims.map(({ redeliveryId }) => redeliveryId));
    const orphaned = ids.filter((id) => !kept.has(id));
    await deleteByKeys(manager, tableOf(manager, RedeliveryEntity), 'id', orphaned, {
      sql: 'lease_token = ?',
      values: [leaseToken],
    });
  }
}
