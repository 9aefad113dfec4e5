import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { dialectOf, placeholders, skipLocked, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/read-committed.js';
import { Clock } from '../../time/clock.js';
import { TimeOrderedIds } from '../../time/time-ordered-ids.js';
import type { RegisteredWebhook } from '../../webhooks/registered-webhook.js';
import { type AttemptTrigger, DeliveryEntity, WebhookBodyEntity } from '../storage/delivery-entities.js';
import type { Claim } from './claim.js';

/** How much of a webhook's due work is wanted. */
export interface Want {
  webhook: RegisteredWebhook;
  /** At least 1. */
  count: number;
}

/** So many claims without a recorded attempt, and the delivery is taken to be what ends its workers. */
export const MOST_CLAIMS = 5;

const LANES_PER_STATEMENT = 50;

interface ClaimedRow {
  id: string;
  event_id: string;
  webhook_id: string;
  event: string;
  next_trigger: AttemptTrigger;
  attempts_begun: number;
  schedule_position: number;
  claim_count: number;
  content_type: string;
  body: string;
}

/** What a look for due work came to. */
export interface Claimed {
  claims: Claim[];
  /** Ids of deliveries whose workers died again and again; they hold a lease and are to be ended. */
  deadly: { deliveryId: string; leaseToken: string; number: number; url: string }[];
}

/**
 * Takes due deliveries under a lease, as many of each webhook as are wanted.
 *
 * The candidates are read without locks, lane by lane through the index of due work; then they alone are locked, by
 * their keys, passing over what another worker holds. Nothing but the deliveries table is locked.
 */
@Injectable()
export class ClaimDue {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
  ) {}

  async claim(wants: Want[], leaseMs: number): Promise<Claimed> {
    const result: Claimed = { claims: [], deadly: [] };
    for (let start = 0; start < wants.length; start += LANES_PER_STATEMENT) {
      const some = wants.slice(start, start + LANES_PER_STATEMENT);
      const claimed = await inReadCommitted(this.dataSource, (manager) =>
        this.inTransaction(manager, some, leaseMs),
      );
      result.claims.push(...claimed.claims);
      result.deadly.push(...claimed.deadly);
    }
    return result;
  }

  private async inTransaction(manager: EntityManager, wants: Want[], leaseMs: number): Promise<Claimed> {
    const now = this.clock.now();
    const candidates = await this.candidates(manager, wants, now);
    const locked = await this.lock(manager, candidates, now);
    if (locked.length === 0) return { claims: [], deadly: [] };
    const leaseToken = this.ids.next();
    await manager.query(
      `UPDATE ${tableOf(manager, DeliveryEntity)}
       SET lease_token = ?, due_at = ?, attempts_begun = attempts_begun + 1, claim_count = claim_count + 1
       WHERE id IN (${placeholders(locked.length)})`,
      [leaseToken, now + leaseMs, ...locked],
    );
    return this.read(
      manager,
      locked,
      { leaseToken, leaseUntil: now + leaseMs },
      new Map(wants.map(({ webhook }) => [webhook.id, webhook])),
    );
  }

  private async candidates(manager: EntityManager, wants: Want[], now: number): Promise<string[]> {
    const table = tableOf(manager, DeliveryEntity);
    const ofLane = `SELECT * FROM (SELECT id FROM ${table} WHERE lane = ? AND due_at <= ? ORDER BY due_at LIMIT ?) AS due`;
    const rows = await manager.query<{ id: string }[]>(
      wants.map(() => ofLane).join(' UNION ALL '),
      wants.flatMap(({ webhook, count }) => [webhook.id, now, count]),
    );
    // Sorted: two workers that lock the same rows meet at the first and not crosswise.
    return rows.map(({ id }) => id).sort();
  }

  private async lock(manager: EntityManager, ids: string[], now: number): Promise<string[]> {
    if (ids.length === 0) return [];
    const rows = await manager.query<{ id: string }[]>(
      `SELECT id FROM ${tableOf(manager, DeliveryEntity)}
       WHERE id IN (${placeholders(ids.length)}) AND due_at <= ?${skipLocked(dialectOf(manager))}`,
      [...ids, now],
    );
    return rows.map(({ id }) => id).sort();
  }

  private async read(
    manager: EntityManager,
    ids: string[],
    lease: Pick<Claim, 'leaseToken' | 'leaseUntil'>,
    webhooks: ReadonlyMap<string, RegisteredWebhook>,
  ): Promise<Claimed> {
    const rows = await manager.query<ClaimedRow[]>(
      `SELECT d.id, d.event_id, d.webhook_id, d.event, d.next_trigger, d.attempts_begun, d.schedule_position,
              d.claim_count, b.content_type, b.body
       FROM ${tableOf(manager, DeliveryEntity)} d
       JOIN ${tableOf(manager, WebhookBodyEntity)} b ON b.event_id = d.event_id AND b.rendering = d.rendering
       WHERE d.id IN (${placeholders(ids.length)})`,
      ids,
    );
    const result: Claimed = { claims: [], deadly: [] };
    for (const row of rows) {
      const webhook = webhooks.get(row.webhook_id);
      if (!webhook) continue;
      if (row.claim_count > MOST_CLAIMS) {
        const { leaseToken } = lease;
        result.deadly.push({ deliveryId: row.id, leaseToken, number: row.attempts_begun, url: webhook.url });
        continue;
      }
      result.claims.push({
        deliveryId: row.id,
        eventId: row.event_id,
        event: row.event,
        webhook,
        contentType: row.content_type,
        body: Buffer.from(row.body),
        trigger: row.next_trigger,
        number: row.attempts_begun,
        retriesUsed: row.schedule_position,
        ...lease,
        redeliveryId: null,
      });
    }
    return result;
  }
}
