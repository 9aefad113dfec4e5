import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { dialectOf, placeholders, skipLocked, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { BoundedMap } from '../../host/bounded-map.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { mayReceive } from '../../webhooks/subscriptions/may-receive.js';
import {
  DeliveryEntity,
  RedeliveryEntity,
  WebhookBodyEntity,
  WebhookEventEntity,
} from '../model/delivery-entities.js';
import { type Claim, claimFromRow, type ClaimRow, type Lease } from '../model/claim.js';
import { InjectDatabase } from '../../host/tokens.js';

/** For how long this instance passes over a redelivery that it has no key for, milliseconds. */
const LEFT_TO_OTHERS_MS = 60_000;

/** Redeliveries that are passed over at the same time; with more, the oldest is looked at again. */
const MOST_LEFT = 1_000;

interface RedeliveryRow extends ClaimRow {
  id: string;
  attempts_begun: number;
  event_tenant: string | null;
}

/**
 * Claims a person's redeliveries for their one attempt. The lease is on the row of the redelivery, not on the delivery:
 * the attempt is bound by no schedule.
 */
@Injectable()
export class RedeliveryClaimer {
  /** The redeliveries that this instance passes over, until when in epoch milliseconds. */
  private readonly left = new BoundedMap<string, { id: string; until: number }>(MOST_LEFT);

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
    if (!(await this.isAnyDue())) return [];
    return inReadCommitted(this.dataSource, (manager) => this.claimSome(manager, most, leaseMs, webhooks));
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
  ): Promise<Claim[]> {
    const redeliveries = tableOf(manager, RedeliveryEntity);
    const now = this.clock.now();
    const left = [...this.left.values()].flatMap(({ id, until }) => (until > now ? [id] : []));
    const requests = await manager.query<{ id: string; delivery_id: string }[]>(
      `SELECT id, delivery_id FROM ${redeliveries} WHERE due_at <= ?
       ${left.length > 0 ? `AND id NOT IN (${placeholders(left.length)})` : ''}
       ORDER BY due_at LIMIT ?${skipLocked(dialectOf(manager))}`,
      [now, ...left, most],
    );
    if (requests.length === 0) return [];
    if (await this.leaveToOthers(manager, requests, now, webhooks)) {
      return this.claimSome(manager, most, leaseMs, webhooks);
    }
    const newLease: Lease = { leaseToken: this.ids.next(), leaseUntil: now + leaseMs };
    const ids = requests.map(({ id }) => id).sort();
    await manager.query(
      `UPDATE ${redeliveries} SET lease_token = ?, due_at = ? WHERE id IN (${placeholders(ids.length)})`,
      [newLease.leaseToken, newLease.leaseUntil, ...ids],
    );
    const numbers = await this.takeNumbers(manager, requests);
    const rows = await manager.query<RedeliveryRow[]>(
      `SELECT r.id, r.delivery_id, d.event_id, d.webhook_id, d.event, d.attempts_begun,
              e.tenant AS event_tenant, b.content_type, b.body, b.trace
       FROM ${redeliveries} r
       JOIN ${tableOf(manager, DeliveryEntity)} d ON d.id = r.delivery_id
       JOIN ${tableOf(manager, WebhookEventEntity)} e ON e.id = d.event_id
       JOIN ${tableOf(manager, WebhookBodyEntity)} b ON b.event_id = d.event_id AND b.rendering = d.rendering
       WHERE r.id IN (${placeholders(ids.length)})`,
      ids,
    );
    const claims = rows.flatMap((row) => {
      const webhook = webhooks.get(row.webhook_id);
      if (!webhook || !mayReceive(webhook, row.event_tenant)) return [];
      const number = numbers.get(row.id) ?? row.attempts_begun;
      return [claimFromRow(row, webhook, newLease, { trigger: 'manual', number, redeliveryId: row.id })];
    });
    await this.deleteOrphaned(manager, ids, claims);
    return claims;
  }

  /**
   * Leaves those whose webhook's secrets no key of this instance opens to other instances, which may have the key. Their
   * rows stay due: put off, they could be found by this instance first each time.
   *
   * @param requests rows that this transaction has locked
   * @returns whether there were any
   */
  private async leaveToOthers(
    manager: EntityManager,
    requests: { id: string; delivery_id: string }[],
    now: number,
    webhooks: ReadonlyMap<string, DeliverableWebhook>,
  ): Promise<boolean> {
    const deliveryIds = [...new Set(requests.map(({ delivery_id }) => delivery_id))];
    const rows = await manager.query<{ id: string; webhook_id: string }[]>(
      `SELECT id, webhook_id FROM ${tableOf(manager, DeliveryEntity)} WHERE id IN (${placeholders(deliveryIds.length)})`,
      deliveryIds,
    );
    const lost = new Set(
      rows.filter(({ webhook_id }) => webhooks.get(webhook_id)?.hasLostKey).map(({ id }) => id),
    );
    const ids = requests.filter(({ delivery_id }) => lost.has(delivery_id)).map(({ id }) => id);
    if (ids.length === 0) return false;
    for (const id of ids) this.left.set(id, { id, until: now + LEFT_TO_OTHERS_MS });
    return true;
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
  private async deleteOrphaned(manager: EntityManager, ids: string[], claims: Claim[]): Promise<void> {
    const kept = new Set(claims.map(({ redeliveryId }) => redeliveryId));
    const orphaned = ids.filter((id) => !kept.has(id));
    await deleteByKeys(manager, tableOf(manager, RedeliveryEntity), 'id', orphaned);
  }
}
