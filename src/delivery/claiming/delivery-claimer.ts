import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { byPrimaryKey, dialectOf, placeholders, skipLocked, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { type AttemptTrigger, DeliveryEntity, WebhookBodyEntity } from '../model/delivery-entities.js';
import { acquireLimits, hasDeploymentLimits } from './limits.js';
import { type Candidate, dueInOrder, dueOf, firstInLine } from '../model/due-deliveries.js';
import type { Claim, ClaimRequest } from '../model/claim.js';
import { InjectDatabase } from '../../host/tokens.js';

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
  trace: string | null;
}

/** What a look for due work came to. */
export interface Claimed {
  claims: Claim[];
  /** Deliveries whose workers died again and again; they hold a lease and are to be ended. */
  deadly: { deliveryId: string; leaseToken: string; number: number; url: string }[];
}

type Lease = Pick<Claim, 'leaseToken' | 'leaseUntil'>;

/**
 * Takes due deliveries under a lease, as many of each webhook as are wanted and its limits allow.
 *
 * The candidates are read without locks, webhook by webhook through an index; then they alone are locked, by their
 * keys, passing over what another worker holds. Beside them only the rows of limits are locked, in the same way.
 */
@Injectable()
export class DeliveryClaimer {
  /** Where the next look at the keys of an ordered webhook begins. */
  private readonly keyCursors = new Map<string, string>();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
  ) {}

  async claim(wants: ClaimRequest[], leaseMs: number): Promise<Claimed> {
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

  private async inTransaction(
    manager: EntityManager,
    wants: ClaimRequest[],
    leaseMs: number,
  ): Promise<Claimed> {
    const now = this.clock.now();
    const candidates = await this.candidates(manager, wants, now);
    const locked = await this.lock(manager, candidates, now);
    const slots = new Map<string, number>();
    const ids: string[] = [];
    for (const want of wants) {
      const held = locked.get(want.webhook.id) ?? [];
      const inOrder = want.webhook.ordering === 'entry' && held.length > 0;
      const ofWebhook = inOrder ? await firstInLine(manager, held) : held;
      if (ofWebhook.length === 0) continue;
      if (!hasDeploymentLimits(want)) {
        ids.push(...ofWebhook);
        continue;
      }
      const admitted = await acquireLimits(manager, want, ofWebhook, now, leaseMs);
      const taken = ofWebhook.slice(0, admitted.count);
      admitted.slots.forEach((slot, index) => slots.set(taken[index] ?? '', slot));
      ids.push(...taken);
    }
    if (ids.length === 0) return { claims: [], deadly: [] };
    const lease: Lease = { leaseToken: this.ids.next(), leaseUntil: now + leaseMs };
    ids.sort();
    await manager.query(
      `UPDATE ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))}
       SET lease_token = ?, due_at = ?, attempts_begun = attempts_begun + 1, claim_count = claim_count + 1
       WHERE id IN (${placeholders(ids.length)})`,
      [lease.leaseToken, lease.leaseUntil, ...ids],
    );
    return this.read(manager, ids, lease, new Map(wants.map(({ webhook }) => [webhook.id, webhook])), slots);
  }

  private async candidates(manager: EntityManager, wants: ClaimRequest[], now: number): Promise<Candidate[]> {
    const candidates = await dueOf(
      manager,
      wants.filter(({ webhook }) => webhook.ordering === 'none'),
      now,
    );
    for (const want of wants.filter(({ webhook }) => webhook.ordering === 'entry')) {
      const { id } = want.webhook;
      const found = await dueInOrder(manager, want, now, this.keyCursors.get(id) ?? '');
      this.keyCursors.set(id, found.lastKey);
      candidates.push(...found.candidates);
    }
    return candidates;
  }

  /** Ids by webhook. Sorted: two workers that lock the same rows meet at the first and not crosswise. */
  private async lock(
    manager: EntityManager,
    candidates: Candidate[],
    now: number,
  ): Promise<Map<string, string[]>> {
    const locked = new Map<string, string[]>();
    if (candidates.length === 0) return locked;
    const webhookOf = new Map(candidates.map(({ id, webhookId }) => [id, webhookId]));
    const ids = [...webhookOf.keys()].sort();
    const rows = await manager.query<{ id: string }[]>(
      `SELECT id FROM ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))}
       WHERE id IN (${placeholders(ids.length)}) AND due_at <= ?${skipLocked(dialectOf(manager))}`,
      [...ids, now],
    );
    for (const { id } of rows) {
      const webhookId = webhookOf.get(id) ?? '';
      const group = locked.get(webhookId);
      if (group) group.push(id);
      else locked.set(webhookId, [id]);
    }
    return locked;
  }

  private async read(
    manager: EntityManager,
    ids: string[],
    lease: Lease,
    webhooks: ReadonlyMap<string, DeliverableWebhook>,
    slots: ReadonlyMap<string, number>,
  ): Promise<Claimed> {
    const rows = await manager.query<ClaimedRow[]>(
      `SELECT d.id, d.event_id, d.webhook_id, d.event, d.next_trigger, d.attempts_begun, d.schedule_position,
              d.claim_count, b.content_type, b.body, b.trace
       FROM ${tableOf(manager, DeliveryEntity)} d${byPrimaryKey(dialectOf(manager))}
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
        body: row.body,
        trigger: row.next_trigger,
        number: row.attempts_begun,
        retriesUsed: row.schedule_position,
        ...lease,
        slot: slots.get(row.id) ?? null,
        redeliveryId: null,
        trace: row.trace,
      });
    }
    return result;
  }
}
