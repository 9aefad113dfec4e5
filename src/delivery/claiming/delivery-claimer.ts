import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { LostRaceError } from '../../database/database-errors.js';
import { byPrimaryKey, dialectOf, placeholders, skipLocked, tableOf } from '../../database/dialect.js';
import { MOST_LOOKS } from '../../database/lock-candidates.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { InjectDatabase } from '../../host/tokens.js';
import { type Claim, claimFromRow, type ClaimRequest, type ClaimRow, type Lease } from '../model/claim.js';
import { mayReceiveAnew } from '../../webhooks/subscriptions/may-receive.js';
import {
  type AttemptTrigger,
  DeliveryEntity,
  WebhookBodyEntity,
  WebhookEventEntity,
} from '../model/delivery-entities.js';
import { lease } from '../model/delivery-transitions.js';
import {
  type Candidate,
  type CandidateRequest,
  findDue,
  findDueInOrder,
  keepFirstInLine,
} from '../model/due-deliveries.js';
import { completeBodies, type LeftJoined } from '../model/stored-bodies.js';
import { acquireLimits, hasDeploymentLimits } from './limits.js';

/** After this many claims without a recorded attempt a delivery is poisoned: it is taken to kill its workers. */
export const MOST_CLAIMS = 5;

const WEBHOOKS_PER_STATEMENT = 50;

interface ClaimedRow extends ClaimRow {
  next_trigger: AttemptTrigger;
  attempts_begun: number;
  schedule_position: number;
  claim_count: number;
  tenant: string | null;
}

/** The claims of one poll. */
export interface ClaimedDeliveries {
  claims: Claim[];
  /** Deliveries whose workers died again and again, under a lease: they are to be closed. */
  poisoned: { deliveryId: string; leaseToken: string; number: number; url: string }[];
  /** Ids of deliveries whose webhook went to another tenant, under a lease: they are to be closed. */
  ofOtherTenants: string[];
}

/**
 * Claims due deliveries under a lease, as many of each webhook as are requested and its limits allow.
 *
 * Candidates are read without locks, webhook by webhook through the index of due work. Then they alone are locked, by
 * their keys and with SKIP LOCKED, so that workers do not wait for each other, and where others hold them those after
 * them are read. Beside them only the rows of limits are
 * locked, in the same way. The locks keep workers from meeting; what is claimed is what a conditional write has given
 * this claim's token and the commit has kept.
 */
@Injectable()
export class DeliveryClaimer {
  /** Where the next poll of an ordered webhook's lines begins. */
  private readonly lineCursors = new Map<string, string>();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
  ) {}

  /**
   * @param isHeld whether this process holds a delivery, by its id: its lease may have ended, and it is not taken over.
   *   Default: it holds none
   */
  async claim(
    requests: ClaimRequest[],
    leaseMs: number,
    isHeld: (deliveryId: string) => boolean = () => false,
  ): Promise<ClaimedDeliveries> {
    const result: ClaimedDeliveries = { claims: [], poisoned: [], ofOtherTenants: [] };
    for (let start = 0; start < requests.length; start += WEBHOOKS_PER_STATEMENT) {
      const some = requests.slice(start, start + WEBHOOKS_PER_STATEMENT);
      const claimed = await inReadCommitted(this.dataSource, (manager) =>
        this.claimSome(manager, some, leaseMs, isHeld),
      );
      result.claims.push(...claimed.claims);
      result.poisoned.push(...claimed.poisoned);
      result.ofOtherTenants.push(...claimed.ofOtherTenants);
    }
    return result;
  }

  private async claimSome(
    manager: EntityManager,
    requests: ClaimRequest[],
    leaseMs: number,
    isHeld: (deliveryId: string) => boolean,
  ): Promise<ClaimedDeliveries> {
    const now = this.clock.now();
    const locked = await this.lockDue(manager, requests, now, isHeld);
    const newLease: Lease = { leaseToken: this.ids.next(), leaseUntil: now + leaseMs };
    const slots = new Map<string, number>();
    const ids: string[] = [];
    let isMetered = false;
    for (const request of requests) {
      const held = locked.get(request.webhook.id) ?? [];
      const isOrdered = request.webhook.ordering === 'entry' && held.length > 0;
      const free = isOrdered ? await keepFirstInLine(manager, held) : held;
      if (free.length === 0) continue;
      if (!hasDeploymentLimits(request)) {
        ids.push(...free);
        continue;
      }
      const limits = await acquireLimits(manager, request, free, newLease, now);
      const allowed = free.slice(0, limits.count);
      limits.slots.forEach((slot, index) => slots.set(allowed[index] ?? '', slot));
      ids.push(...allowed);
      isMetered ||= limits.count > 0;
    }
    if (ids.length === 0) return { claims: [], poisoned: [], ofOtherTenants: [] };
    ids.sort();
    const won = await lease(manager, ids, newLease, now);
    // A token, a slot or a probe may have been taken for what another worker has claimed: the rollback gives it back.
    if (won < ids.length && isMetered) throw new LostRaceError('deliveries');
    const rows = await this.read(manager, ids, newLease);
    const byWebhook = new Map(requests.map((request) => [request.webhook.id, request]));
    return this.makeClaims(manager, rows, newLease, byWebhook, slots);
  }

  /**
   * Finds and locks due deliveries. Where other workers, or this one, hold some of a webhook's, those after them are looked at.
   *
   * @returns ids by webhook
   */
  private async lockDue(
    manager: EntityManager,
    requests: ClaimRequest[],
    now: number,
    isHeld: (deliveryId: string) => boolean,
  ): Promise<Map<string, string[]>> {
    const locked = new Map<string, Set<string>>();
    let open: CandidateRequest[] = requests.map((request) => ({ ...request, offset: 0 }));
    for (let look = 0; look < MOST_LOOKS && open.length > 0; look += 1) {
      const candidates = await this.findCandidates(manager, open, now);
      const others = candidates.filter(({ id }) => !isHeld(id));
      const held = await this.lock(manager, others, now);
      for (const [webhookId, ids] of held) {
        // The lines of an ordered webhook are gone through in a circle, which may come by the same ones again.
        locked.set(webhookId, new Set([...(locked.get(webhookId) ?? []), ...ids]));
      }
      const seen = new Map<string, number>();
      for (const { webhookId } of candidates) seen.set(webhookId, (seen.get(webhookId) ?? 0) + 1);
      open = open.flatMap((request) => {
        const { id } = request.webhook;
        const found = seen.get(id) ?? 0;
        const won = held.get(id)?.length ?? 0;
        if (found < request.count || won === found) return [];
        return [{ ...request, count: request.count - won, offset: request.offset + found }];
      });
    }
    return new Map([...locked].map(([webhookId, ids]) => [webhookId, [...ids]]));
  }

  private async findCandidates(
    manager: EntityManager,
    requests: CandidateRequest[],
    now: number,
  ): Promise<Candidate[]> {
    const unordered = requests.filter(({ webhook }) => webhook.ordering === 'none');
    const candidates = await findDue(manager, unordered, now);
    for (const request of requests.filter(({ webhook }) => webhook.ordering === 'entry')) {
      const { id } = request.webhook;
      const found = await findDueInOrder(manager, request, now, this.lineCursors.get(id) ?? '');
      this.lineCursors.set(id, found.lastKey);
      candidates.push(...found.candidates);
    }
    return candidates;
  }

  /** Locks candidates in the order of their ids, so that two workers never deadlock. @returns ids by webhook */
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
       WHERE id IN (${placeholders(ids.length)}) AND due_at <= ?${skipLocked(manager)}`,
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

  /** Reads what this claim has won: another worker may have claimed or ended some since they were found. */
  private async read(manager: EntityManager, ids: string[], { leaseToken }: Lease): Promise<ClaimedRow[]> {
    const rows = await manager.query<LeftJoined<ClaimedRow>[]>(
      `SELECT d.id AS delivery_id, d.event_id, d.webhook_id, d.event, d.next_trigger, d.attempts_begun,
              d.schedule_position, d.claim_count, d.tenant, d.rendering, b.content_type, b.body, b.trace
       FROM ${tableOf(manager, DeliveryEntity)} d${byPrimaryKey(dialectOf(manager))}
       LEFT JOIN ${tableOf(manager, WebhookBodyEntity)} b ON b.event_id = d.event_id AND b.rendering = d.rendering
       WHERE d.id IN (${placeholders(ids.length)}) AND d.lease_token = ?`,
      [...ids, leaseToken],
    );
    return completeBodies<ClaimedRow>(manager, rows);
  }

  private async makeClaims(
    manager: EntityManager,
    rows: readonly ClaimedRow[],
    newLease: Lease,
    byWebhook: ReadonlyMap<string, ClaimRequest>,
    slots: ReadonlyMap<string, number>,
  ): Promise<ClaimedDeliveries> {
    const ofOtherTenants = await this.findOfOtherTenants(manager, rows, byWebhook);
    const result: ClaimedDeliveries = { claims: [], poisoned: [], ofOtherTenants: [...ofOtherTenants] };
    for (const row of rows) {
      const request = byWebhook.get(row.webhook_id);
      if (!request || ofOtherTenants.has(row.delivery_id)) continue;
      const { webhook, isProbe } = request;
      const number = row.attempts_begun;
      if (row.claim_count > MOST_CLAIMS) {
        const { leaseToken } = newLease;
        result.poisoned.push({ deliveryId: row.delivery_id, leaseToken, number, url: webhook.url });
        continue;
      }
      const claim = claimFromRow(row, webhook, newLease, {
        trigger: row.next_trigger,
        number,
        retriesUsed: row.schedule_position,
        concurrencySlot: slots.get(row.delivery_id) ?? null,
        isProbe,
      });
      result.claims.push(claim);
    }
    return result;
  }

  /**
   * Finds deliveries whose webhook has gone to a tenant that may not receive their event. A delivery is made for the
   * tenant of its webhook, so only one whose tenant is another now needs a look at its event.
   */
  private async findOfOtherTenants(
    manager: EntityManager,
    rows: readonly ClaimedRow[],
    byWebhook: ReadonlyMap<string, ClaimRequest>,
  ): Promise<ReadonlySet<string>> {
    const moved = rows.filter((row) => {
      const request = byWebhook.get(row.webhook_id);
      return request !== undefined && request.webhook.tenant !== row.tenant;
    });
    if (moved.length === 0) return new Set();
    const eventIds = [...new Set(moved.map((row) => row.event_id))];
    const events = await manager.query<{ id: string; tenant: string | null }[]>(
      `SELECT id, tenant FROM ${tableOf(manager, WebhookEventEntity)} WHERE id IN (${placeholders(eventIds.length)})`,
      eventIds,
    );
    const tenants = new Map(events.map(({ id, tenant }) => [id, tenant]));
    return new Set(
      moved.flatMap((row) => {
        const webhook = byWebhook.get(row.webhook_id)?.webhook;
        const eventTenant = tenants.get(row.event_id) ?? null;
        const isAllowed = webhook && mayReceiveAnew(webhook, { tenant: row.tenant, eventTenant });
        return isAllowed ? [] : [row.delivery_id];
      }),
    );
  }
}
