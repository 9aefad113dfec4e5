import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { byPrimaryKey, dialectOf, forUpdate, placeholders, tableOf } from '../../database/dialect.js';
import { Clock } from '../../host/clock.js';
import { firstIdAt, TimeOrderedIds, timeOf } from '../../host/time-ordered-ids.js';
import { type RenderedBody, renderBody } from '../../webhooks/formats/render-body.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { evaluateFilter } from '../../webhooks/filters/evaluate-filter.js';
import { isSubscribed } from '../../webhooks/subscriptions/is-subscribed.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { insertBodies, insertDeliveries, type NewDelivery, orderOf } from '../fan-out/insert-deliveries.js';
import { isOlder } from '../fan-out/plan-fan-out.js';
import { DeliveryEntity, WebhookEventEntity } from '../model/delivery-entities.js';
import {
  STORED_EVENT_COLUMNS,
  type StoredEvent,
  type StoredEventRow,
  storedEvent,
} from '../model/stored-event.js';
import { DeliveryHooks } from '../model/delivery-hooks.js';
import { BATCH } from './recovery-step.js';
import type { Condition } from '../model/delivery-selection.js';
import type { EventRange } from '../model/recovery.entity.js';
import { sliceEnd } from './scan-in-slices.js';

/** How many events one statement of a count looks at. */
const EVENTS_PER_COUNT = 5_000;

/** How many events' snapshots are held at a time while a filter looks at them. */
const SNAPSHOTS_AT_A_TIME = 200;

const DAY_MS = 86_400_000;
/** What instances' clocks may differ by, and the time between a delivery's end and its removal, with room to spare. */
const MARGIN_MS = 3_600_000;

type Candidate = Pick<StoredEvent, 'id' | 'type' | 'uid' | 'tenant'>;

/** Events that a webhook would have been told of, had it been enabled, and was not. */
@Injectable()
export class MissedEvents {
  private readonly logger = new Logger('Recovery');

  constructor(
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly happenings: DeliveryHooks,
  ) {}

  /** How many there are. It reads every event of the range once, in statements that are short each. */
  async count(manager: EntityManager, webhook: DeliverableWebhook, range: EventRange): Promise<number> {
    let count = 0;
    let after: string | null = range.after;
    while (after !== null) {
      const rest: EventRange = { after, before: range.before };
      const end = await this.endOf(manager, webhook, rest, EVENTS_PER_COUNT);
      count += (await this.candidates(manager, webhook, rest, end)).length;
      after = end;
    }
    return count;
  }

  /**
   * Makes the deliveries of the range's first events, due at once.
   *
   * @returns how many were dealt with, and the last event that was looked at; null: all of them were
   */
  async make(
    manager: EntityManager,
    webhook: DeliverableWebhook,
    range: EventRange,
  ): Promise<{ done: number; cursor: string | null }> {
    const end = await this.endOf(manager, webhook, range, BATCH);
    const candidates = await this.candidates(manager, webhook, range, end);
    const events = await this.hold(
      manager,
      candidates.map(({ id }) => id),
    );
    const rendered = events.flatMap((event) => this.renderedOrNone(webhook, event));
    const now = this.clock.now();
    await insertBodies(
      manager,
      rendered.map(({ event, body }) => ({
        eventId: event.id,
        trace: event.context?.trace ?? null,
        ...body,
      })),
    );
    const made = rendered.map(({ event, body }): NewDelivery => ({
      id: this.ids.next(),
      eventId: event.id,
      event: event.type,
      webhook,
      rendering: body.rendering,
      now,
      lease: null,
      order: orderOf(webhook, event),
      trigger: 'recovery',
    }));
    await insertDeliveries(manager, made);
    // A moment early, and twice where the transaction is begun anew: it is a matter of charts.
    this.happenings.fannedOut([], made);
    return { done: candidates.length, cursor: end };
  }

  private async endOf(
    manager: EntityManager,
    webhook: DeliverableWebhook,
    range: EventRange,
    events: number,
  ): Promise<string | null> {
    return sliceEnd(
      manager,
      tableOf(manager, WebhookEventEntity),
      this.way('id', webhook, range, null),
      events,
    );
  }

  private async candidates(
    manager: EntityManager,
    webhook: DeliverableWebhook,
    range: EventRange,
    upTo: string | null,
  ): Promise<Candidate[]> {
    const deliveries = tableOf(manager, DeliveryEntity);
    const way = this.way('e.id', webhook, range, upTo);
    const rows = await manager.query<Candidate[]>(
      `SELECT e.id, e.type, e.uid, e.tenant
       FROM ${tableOf(manager, WebhookEventEntity)} e
       LEFT JOIN ${deliveries} d ON d.event_id = e.id AND d.webhook_id = ?
       WHERE ${way.sql} AND d.id IS NULL
         AND NOT EXISTS (SELECT 1 FROM ${deliveries} t WHERE t.event_id = e.id AND t.next_trigger = 'test')
       ORDER BY e.id`,
      [webhook.id, ...way.values],
    );
    const subscribed = rows.filter(
      (event) =>
        isOlder(webhook, { id: event.id, createdAt: timeOf(event.id) }) && isSubscribed(webhook, event),
    );
    return webhook.filter === null ? subscribed : this.passing(manager, webhook, subscribed);
  }

  /** Those that the filter does not leave out. Their snapshots are read for it, some at a time. */
  private async passing(
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
      passing.push(
        ...rows.map(storedEvent).filter((event) => evaluateFilter(webhook, event).kind !== 'no-match'),
      );
    }
    return passing;
  }

  /** Held until the transaction ends. What is not fanned out yet reaches the webhook in the usual way. */
  private async hold(manager: EntityManager, ids: string[]): Promise<StoredEvent[]> {
    if (ids.length === 0) return [];
    const rows = await manager.query<(StoredEventRow & { fan_out_due_at: string | number | null })[]>(
      `SELECT ${STORED_EVENT_COLUMNS}, fan_out_due_at
       FROM ${tableOf(manager, WebhookEventEntity)}${byPrimaryKey(dialectOf(manager))}
       WHERE id IN (${placeholders(ids.length)}) ORDER BY id${forUpdate(manager)}`,
      ids,
    );
    return rows.filter(({ fan_out_due_at }) => fan_out_due_at === null).map(storedEvent);
  }

  private renderedOrNone(
    webhook: DeliverableWebhook,
    event: StoredEvent,
  ): { event: StoredEvent; body: RenderedBody }[] {
    try {
      return [{ event, body: renderBody(webhook, event) }];
    } catch (error) {
      this.logger.error(
        `Event ${event.id} (${event.type}) cannot be rendered for webhook ${webhook.id}: ${(error as Error).message} It is passed over.`,
      );
      return [];
    }
  }

  /**
   * No event before the webhook is any of its; and none from before the oldest delivery that is kept, because there a
   * delivery that is missing may have been made and removed.
   */
  private way(id: string, webhook: DeliverableWebhook, range: EventRange, upTo: string | null): Condition {
    const { deliveriesDays } = this.options.retention;
    const kept =
      deliveriesDays === 0 ? '' : firstIdAt(this.clock.now() - deliveriesDays * DAY_MS + MARGIN_MS);
    const after = [range.after, firstIdAt(webhook.createdAt), kept].toSorted().at(-1);
    return upTo === null
      ? { sql: `${id} > ? AND ${id} < ?`, values: [after, range.before] }
      : { sql: `${id} > ? AND ${id} <= ?`, values: [after, upTo] };
  }
}
