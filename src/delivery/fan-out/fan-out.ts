import { Injectable, Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { byPrimaryKey, dialectOf, placeholders, skipLocked, tableOf } from '../../database/dialect.js';
import { lockCandidates } from '../../database/lock-candidates.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { DeliveryHooks, type CreatedDelivery } from '../model/delivery-hooks.js';
import { type Claim, type LocalCapacity, makeClaim, type SendRequest } from '../model/claim.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';
import {
  type NewBody,
  type NewDelivery,
  insertBodies,
  insertDeliveries,
  getOrderPosition,
} from './insert-deliveries.js';
import { deriveDeliveryId } from '../model/delivery-id.js';
import { HandOff } from '../model/hand-off.js';
import {
  WAITING_EVENT_COLUMNS,
  type WaitingEvent,
  waitingEvent,
  type WaitingEventRow,
} from '../model/stored-event.js';
import { clearMarks, postponeMarks } from './fan-out-marks.js';
import { FilterCounts } from './filter-counts.js';
import { FilterEvaluator } from './filter-evaluator.js';
import { type FilterNote, planFanOut } from './plan-fan-out.js';
import { nameRendering } from '../../webhooks/formats/rendering.js';
import { renderBody } from '../../webhooks/formats/render-body.js';
import { WebhookCache } from '../webhook-cache/webhook-cache.js';
import { InjectDatabase } from '../../host/tokens.js';

/** The most events in one fan-out transaction. */
export const FAN_OUT_BATCH = 256;

/** An event that cannot be rendered is looked at again after this long. */
const RETRY_RENDERING_AFTER_MS = 60_000;

/** Which of the events that wait are taken: while there is a backlog the newest have their turn too. */
export interface FanOutTurn {
  from: 'oldest' | 'newest';
  /** At most {@link FAN_OUT_BATCH}. */
  most: number;
}

/** What one batch came to. */
export interface FanOutResult {
  /** How many events were taken. As many as were asked for: more may wait, and filters may have left no time for some. */
  events: number;
  /** Whether deliveries were made that a claim may take at once: of webhooks with limits or an order of their own. */
  leftToClaim: boolean;
  /** Deliveries that were claimed with their making and can be sent at once. */
  claims: Claim[];
}

/** The same, with what those are told who count. */
interface FanOutBatch extends FanOutResult {
  fannedOut: { tenant: string | null }[];
  deliveries: readonly CreatedDelivery[];
}

/** Whether nothing of a webhook is leased with its making, because a claim has more to ask. */
function isClaimedOnly({ ordering, rateLimit, concurrency }: DeliverableWebhook): boolean {
  return ordering !== 'none' || rateLimit !== null || concurrency !== null;
}

/**
 * Turns recorded events into deliveries. What is still to fan out is a mark on the event's row, cleared in the same
 * transaction as the deliveries are written; a killed batch is simply done again.
 */
@Injectable()
export class FanOut {
  private readonly logger = new Logger('FanOut');

  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookCache,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
    private readonly filters: FilterEvaluator,
    private readonly filterCounts: FilterCounts,
    private readonly happenings: DeliveryHooks,
    private readonly handOff: HandOff,
  ) {}

  /**
   * Fans out some of the events that wait for it. A delivery for which there is a free slot is made with this worker's
   * lease on it, which saves claiming it; all others are due at once for whoever claims them.
   */
  async batch(slots: LocalCapacity, leaseMs: number, turn: FanOutTurn): Promise<FanOutResult> {
    const taken: string[] = [];
    const filtered: FilterNote[] = [];
    try {
      const result = await inReadCommitted(this.dataSource, async (manager) => {
        // The transaction may have been begun anew after a deadlock.
        for (const webhookId of taken.splice(0)) slots.release(webhookId);
        filtered.length = 0;
        return this.inTransaction(manager, slots, leaseMs, turn, taken, filtered);
      });
      this.filterCounts.record(filtered);
      this.happenings.fannedOut(result.fannedOut, result.deliveries);
      return result;
    } catch (error) {
      for (const webhookId of taken) slots.release(webhookId);
      throw error;
    }
  }

  private async inTransaction(
    manager: EntityManager,
    slots: LocalCapacity,
    leaseMs: number,
    turn: FanOutTurn,
    taken: string[],
    filtered: FilterNote[],
  ): Promise<FanOutBatch> {
    // An event waits for no time, whatever the clock said when it was recorded; one that is postponed waits.
    const dueFrom = -this.clock.now();
    const waiting = await this.waiting(manager, turn, dueFrom);
    if (waiting.length === 0) {
      return { events: 0, leftToClaim: false, claims: [], fannedOut: [], deliveries: [] };
    }
    const { byId } = await this.webhooks.current(manager);
    // One time for both: else a webhook could be a recipient whose filter was not asked.
    const judgedAt = this.clock.now();
    // Where filters take long, the batch ends early: it holds locks and a connection.
    const { events, evaluate } = await this.filters.evaluateAll(waiting, byId.values(), judgedAt);

    const bodies: NewBody[] = [];
    const deliveries: NewDelivery[] = [];
    const claims: Claim[] = [];
    const done: string[] = [];
    const fannedOut: { tenant: string | null }[] = [];
    const leaseToken = this.ids.next();
    // Filters take time, and leases begin after it.
    const now = this.clock.now();
    for (const event of events) {
      const plan = this.planOrNull(
        event,
        byId.values(),
        judgedAt,
        (webhook) => evaluate(webhook, event),
        // What a process may have sent already is what every other one sends.
        (webhook) => event.pinned.get(nameRendering(webhook)) ?? renderBody(webhook, event),
      );
      if (!plan) continue;
      done.push(event.id);
      fannedOut.push({ tenant: event.tenant });
      filtered.push(...plan.filtered);
      const trace = event.context?.trace ?? null;
      for (const body of plan.bodies) bodies.push({ eventId: event.id, trace, ...body });
      for (const { webhook, body } of plan.recipients) {
        // Where order or a limit is wanted a claim decides what may go; without its key another instance may be able to send.
        const mayLease = !isClaimedOnly(webhook) && !webhook.awaitsConsent && !webhook.hasLostKey;
        const leased = mayLease && slots.take(webhook);
        if (leased) taken.push(webhook.id);
        const lostClaims = event.wasLeased ? 1 : 0;
        // The attempts that the process makes that held the event belong to the same delivery.
        const id = event.wasLeased ? deriveDeliveryId(event.id, webhook.id) : this.ids.next();
        deliveries.push({
          id,
          eventId: event.id,
          event: event.type,
          webhook,
          rendering: body.rendering,
          now,
          lease: leased ? { token: leaseToken, until: now + leaseMs } : null,
          order: getOrderPosition(webhook, event),
          lostClaims,
          // An id tells a time at or after that at which its delivery was made.
          ...(event.wasLeased ? { createdAt: event.createdAt } : {}),
        });
        if (leased) {
          const { contentType } = body;
          const request: SendRequest = {
            deliveryId: id,
            eventId: event.id,
            event: event.type,
            webhook,
            contentType,
            body: body.body,
            trigger: 'event',
            number: lostClaims + 1,
            trace,
          };
          claims.push(makeClaim(request, { leaseToken, leaseUntil: now + leaseMs }));
        }
      }
    }
    // First: of two that have read the same events only the one who clears their marks writes anything of them.
    await clearMarks(manager, done, dueFrom);
    const postponed = events.map(({ id }) => id).filter((id) => !done.includes(id));
    await postponeMarks(manager, postponed, dueFrom, -(now + RETRY_RENDERING_AFTER_MS), this.ids.next());
    await insertBodies(manager, bodies);
    const made = await insertDeliveries(manager, deliveries);
    return {
      events: events.length < waiting.length ? turn.most : waiting.length,
      leftToClaim: deliveries.some(({ webhook, lease }) => lease === null && isClaimedOnly(webhook)),
      claims: claims.filter((claim) => this.keep(claim, made, slots, taken)),
      fannedOut,
      deliveries: made === 'all' ? deliveries : deliveries.filter(({ id }) => made.has(id)),
    };
  }

  /** A delivery that stood already is not ours to send. */
  private keep(
    claim: Claim,
    made: ReadonlySet<string> | 'all',
    slots: LocalCapacity,
    taken: string[],
  ): boolean {
    if (made === 'all' || made.has(claim.deliveryId)) return true;
    slots.release(claim.webhook.id);
    taken.splice(taken.indexOf(claim.webhook.id), 1);
    return false;
  }

  private async waiting(
    manager: EntityManager,
    { from, most }: FanOutTurn,
    dueFrom: number,
  ): Promise<WaitingEvent[]> {
    const events = tableOf(manager, WebhookEventEntity);
    const places = new Map<string, number>();
    const rows = await lockCandidates({
      most: Math.min(most, FAN_OUT_BATCH),
      find: async (count, offset) => {
        const found = await manager.query<{ id: string }[]>(
          `SELECT id FROM ${events} WHERE fan_out_due_at >= ?
           ORDER BY fan_out_due_at ${from === 'oldest' ? 'ASC' : 'DESC'} LIMIT ${count} OFFSET ${offset}`,
          [dueFrom],
        );
        for (const { id } of found) places.set(id, places.size);
        return found.map(({ id }) => id);
      },
      lock: async (ids) => {
        // What this process holds it writes itself, though the database was away until the lease had ended.
        const others = ids.filter((id) => !this.handOff.isHolding(id));
        if (others.length === 0) return [];
        return manager.query<WaitingEventRow[]>(
          `SELECT ${WAITING_EVENT_COLUMNS} FROM ${events}${byPrimaryKey(dialectOf(manager))}
           WHERE id IN (${placeholders(others.length)}) AND fan_out_due_at >= ?${skipLocked(manager)}`,
          [...others, dueFrom],
        );
      },
    });
    const placeOf = ({ id }: WaitingEventRow) => places.get(id) ?? 0;
    return rows.toSorted((a, b) => placeOf(a) - placeOf(b)).map(waitingEvent);
  }

  private planOrNull(...plan: Parameters<typeof planFanOut>) {
    const [event] = plan;
    try {
      return planFanOut(...plan);
    } catch (error) {
      this.logger.error(
        `Event ${event.id} (${event.type}) cannot be rendered: ${(error as Error).message} It is kept and tried again in a minute.`,
      );
      return null;
    }
  }
}
