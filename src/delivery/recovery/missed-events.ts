import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { holdRows } from '../../database/conditional-write.js';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import { Clock } from '../../host/clock.js';
import { firstIdAt, TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { type RenderedBody, renderBody } from '../../webhooks/formats/render-body.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { isSubscribed } from '../../webhooks/subscriptions/is-subscribed.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import {
  insertBodies,
  insertDeliveries,
  type NewDelivery,
  getOrderPosition,
} from '../fan-out/insert-deliveries.js';
import { FilterEvaluator } from '../fan-out/filter-evaluator.js';
import { isOlder } from '../fan-out/plan-fan-out.js';
import { DeliveryEntity, WebhookEventEntity } from '../model/delivery-entities.js';
import { nameRendering } from '../../webhooks/formats/rendering.js';
import {
  STORED_EVENT_COLUMNS,
  type StoredEvent,
  type StoredEventRow,
  storedEvent,
  WAITING_EVENT_COLUMNS,
  type WaitingEvent,
  waitingEvent,
  type WaitingEventRow,
} from '../model/stored-event.js';
import { DeliveryHooks } from '../model/delivery-hooks.js';
import { STEP_CAPACITY } from './recovery-step.js';
import { all, type Condition } from '../model/delivery-selection.js';
import type { EventRange } from '../model/recovery.entity.js';
import { findSliceEnd } from './scan-in-slices.js';

/** How many events one statement of a count scans. */
const EVENTS_PER_COUNT = 5_000;

/** How many snapshots are in memory at a time while a filter is evaluated. */
const SNAPSHOTS_AT_A_TIME = 200;

const DAY_MS = 86_400_000;
/** More than the clocks of instances differ by, plus the time from a delivery's end to its removal. */
const RETENTION_MARGIN_MS = 3_600_000;

type Candidate = Pick<StoredEvent, 'id' | 'type' | 'uid' | 'tenant'>;

/** Finds the events that a webhook missed while it was disabled, and creates their deliveries. */
@Injectable()
export class MissedEvents {
  private readonly logger = new Logger('Recovery');

  constructor(
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly hooks: DeliveryHooks,
    private readonly filters: FilterEvaluator,
  ) {}

  /** Counts the missed events of a range. It scans every event of the range once, in short statements. */
  async count(manager: EntityManager, webhook: DeliverableWebhook, range: EventRange): Promise<number> {
    let count = 0;
    let after: string | null = range.after;
    while (after !== null) {
      const rest: EventRange = { ...range, after };
      const end = await this.findEnd(manager, webhook, rest, EVENTS_PER_COUNT);
      count += (await this.findCandidates(manager, webhook, rest, end)).length;
      after = end;
    }
    return count;
  }

  /**
   * Creates the deliveries of the first missed events of a range, due at once.
   *
   * @returns the number of events that were handled, and the last event that was scanned; null: the range is finished
   */
  async createDeliveries(
    manager: EntityManager,
    webhook: DeliverableWebhook,
    range: EventRange,
  ): Promise<{ done: number; cursor: string | null }> {
    const end = await this.findEnd(manager, webhook, range, STEP_CAPACITY);
    const candidates = await this.findCandidates(manager, webhook, range, end);
    const events = await this.holdEvents(
      manager,
      candidates.map(({ id }) => id),
    );
    const rendered = events.flatMap((event) => this.tryRender(webhook, event));
    const now = this.clock.now();
    await insertBodies(
      manager,
      rendered.map(({ event, body }) => ({
        eventId: event.id,
        trace: event.context?.trace ?? null,
        ...body,
      })),
    );
    const created = rendered.map(({ event, body }): NewDelivery => ({
      id: this.ids.next(),
      eventId: event.id,
      event: event.type,
      webhook,
      rendering: body.rendering,
      now,
      lease: null,
      order: getOrderPosition(webhook, event),
      trigger: 'recovery',
    }));
    const made = await insertDeliveries(manager, created);
    // Before the commit, and again when the transaction is retried: good enough for charts.
    this.hooks.fannedOut([], made === 'all' ? created : created.filter(({ id }) => made.has(id)));
    return { done: candidates.length, cursor: end };
  }

  private async findEnd(
    manager: EntityManager,
    webhook: DeliverableWebhook,
    range: EventRange,
    events: number,
  ): Promise<string | null> {
    return findSliceEnd(
      manager,
      tableOf(manager, WebhookEventEntity),
      this.buildCondition('', webhook, range, null),
      events,
    );
  }

  private async findCandidates(
    manager: EntityManager,
    webhook: DeliverableWebhook,
    range: EventRange,
    upTo: string | null,
  ): Promise<Candidate[]> {
    const deliveries = tableOf(manager, DeliveryEntity);
    const condition = this.buildCondition('e.', webhook, range, upTo);
    const rows = await manager.query<(Candidate & { created_at: string | number })[]>(
      `SELECT e.id, e.type, e.uid, e.tenant, e.created_at
       FROM ${tableOf(manager, WebhookEventEntity)} e
       LEFT JOIN ${deliveries} d ON d.event_id = e.id AND d.webhook_id = ?
       WHERE ${condition.sql} AND d.id IS NULL AND e.erased_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM ${deliveries} t WHERE t.event_id = e.id AND t.next_trigger = 'test')
       ORDER BY e.id`,
      [webhook.id, ...condition.values],
    );
    const now = this.clock.now();
    const subscribed = rows.filter(
      (event) =>
        isOlder(webhook, { id: event.id, createdAt: Number(event.created_at) }, now) &&
        isSubscribed(webhook, event),
    );
    return webhook.filter === null ? subscribed : this.applyFilter(manager, webhook, subscribed);
  }

  /** Evaluates the webhook's filter over the events' snapshots, which are read in batches. */
  private async applyFilter(
    manager: EntityManager,
    webhook: DeliverableWebhook,
    candidates: Candidate[],
  ): Promise<Candidate[]> {
    const passing: Candidate[] = [];
    for (let from = 0; from < candidates.length; from += SNAPSHOTS_AT_A_TIME) {
      const ids = candidates.slice(from, from + SNAPSHOTS_AT_A_TIME).map(({ id }) => id);
      const rows = await manager.query<StoredEventRow[]>(
        `SELECT ${STORED_EVENT_COLUMNS} FROM ${tableOf(manager, WebhookEventEntity)}
         WHERE id IN (${placeholders(ids.length)}) ORDER BY id`,
        ids,
      );
      const events = rows.map(storedEvent);
      const results = await this.filters.evaluate(events.map((event) => ({ webhook, event })));
      passing.push(...events.filter((_, index) => results[index]?.kind !== 'no-match'));
    }
    return passing;
  }

  /**
   * Holds events until the transaction ends, so that retention removes none of them, and reads them, without those that
   * wait for their fan-out (it creates their deliveries) and those that were erased.
   */
  private async holdEvents(manager: EntityManager, ids: string[]): Promise<WaitingEvent[]> {
    if (ids.length === 0) return [];
    await holdRows(manager, tableOf(manager, WebhookEventEntity), 'tenant', ids.toSorted());
    const rows = await manager.query<(WaitingEventRow & { fan_out_due_at: string | number | null })[]>(
      `SELECT ${WAITING_EVENT_COLUMNS}, fan_out_due_at
       FROM ${tableOf(manager, WebhookEventEntity)}${byPrimaryKey(dialectOf(manager))}
       WHERE id IN (${placeholders(ids.length)}) AND erased_at IS NULL ORDER BY id`,
      ids,
    );
    return rows.filter(({ fan_out_due_at }) => fan_out_due_at === null).map(waitingEvent);
  }

  private tryRender(
    webhook: DeliverableWebhook,
    event: WaitingEvent,
  ): { event: StoredEvent; body: RenderedBody }[] {
    try {
      // A body that other webhooks got stays what it was.
      return [{ event, body: event.pinned.get(nameRendering(webhook)) ?? renderBody(webhook, event) }];
    } catch (error) {
      this.logger.error(
        `Event ${event.id} (${event.type}) cannot be rendered for webhook ${webhook.id}, so recovery skips it: ${(error as Error).message}`,
      );
      return [];
    }
  }

  /**
   * A range of events: none from before the webhook was created, and none from before the retention of deliveries,
   * because a delivery that is missing there may have been created and removed.
   */
  private buildCondition(
    alias: string,
    webhook: DeliverableWebhook,
    range: EventRange,
    upTo: string | null,
  ): Condition {
    const { deliveriesDays } = this.options.retention;
    const kept = deliveriesDays === 0 ? 0 : this.clock.now() - deliveriesDays * DAY_MS + RETENTION_MARGIN_MS;
    const since = Math.max(kept, range.since ?? 0);
    const after = [range.after, firstIdAt(webhook.createdAt), firstIdAt(since)].toSorted().at(-1);
    // The ids bound what is read, the recorded time decides.
    return all([
      { sql: `${alias}id > ?`, values: [after] },
      upTo === null
        ? { sql: `${alias}id < ?`, values: [range.before] }
        : { sql: `${alias}id <= ?`, values: [upTo] },
      { sql: `${alias}created_at >= ?`, values: [since] },
      ...(range.until === undefined ? [] : [{ sql: `${alias}created_at < ?`, values: [range.until] }]),
    ]);
  }
}
