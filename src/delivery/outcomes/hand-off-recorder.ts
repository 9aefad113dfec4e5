import { Injectable, Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { leaveEvidence } from '../../database/commit-evidence.js';
import { writeWhere } from '../../database/conditional-write.js';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { InjectDatabase } from '../../host/tokens.js';
import { DeliveryEntity, WebhookEventEntity } from '../model/delivery-entities.js';
import { DeliveryHooks, type RecordedAttempt } from '../model/delivery-hooks.js';
import type { Outcome } from '../model/outcome.js';
import { recordDeliveryEvents } from './delivery-events.js';
import { insertAttempts } from './insert-attempts.js';
import { insertSettled, type SettledDelivery } from './insert-settled.js';
import { RequestLog } from './request-log.js';

/** An event and the token under which this process recorded it. */
export interface LeasedEvent {
  id: string;
  leaseToken: string;
}

/** An event that this process was handed, with all its deliveries as they stand by now. */
export interface SettledEvent extends LeasedEvent {
  tenant: string | null;
  /** Epoch milliseconds. */
  createdAt: number;
  deliveries: readonly SettledDelivery[];
}

/** Another process has taken an event over. */
class MarkLostError extends Error {
  override readonly name = 'MarkLostError';

  constructor() {
    super('An event that was handed off is held by another process, or its deliveries are there.');
  }
}

/**
 * Writes events that were handed off: makes all deliveries of an event durable, in the state that they have by then, with
 * their attempts, many events in one transaction. Clearing the mark of an event under its token is the fence: whoever
 * clears it owns the deliveries.
 */
@Injectable()
export class HandOffRecorder {
  private readonly logger = new Logger('Delivery');

  // oxlint-disable-next-line max-params
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
    private readonly hooks: DeliveryHooks,
    private readonly requests: RequestLog,
  ) {}

  /**
   * Writes the deliveries of events.
   *
   * @param leaseUntil when the leases of deliveries end whose requests are out, epoch milliseconds
   * @returns the ids of the events that another process has taken over: nothing of them is written
   */
  async record(events: readonly SettledEvent[], leaseUntil: number): Promise<ReadonlySet<string>> {
    let own = events;
    while (own.length > 0 && !(await this.recordOwn(own, leaseUntil))) own = await this.keepOwn(own);
    const kept = new Set(own.map(({ id }) => id));
    const lost = new Set(events.map(({ id }) => id).filter((id) => !kept.has(id)));
    if (lost.size > 0) {
      this.logger.warn(
        `${lost.size} events were taken over by another instance before their deliveries were written; the attempts are kept: ${[...lost].slice(0, 5).join(', ')}`,
      );
    }
    return lost;
  }

  /** Lets any worker fan out events of which nothing was sent. @returns how many it may take now */
  async release(events: readonly LeasedEvent[]): Promise<number> {
    return inReadCommitted(this.dataSource, (manager) =>
      writeOwn(manager, 'fan_out_due_at = created_at, lease_token = NULL', events),
    );
  }

  /** Finds those of some events that are committed, and still held under their tokens. */
  async findHeld(events: readonly LeasedEvent[]): Promise<ReadonlySet<string>> {
    const { sql, values } = whereOwn(events);
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM ${tableOf(this.dataSource, WebhookEventEntity)}${byPrimaryKey(dialectOf(this.dataSource))} WHERE ${sql}`,
      values,
    );
    return new Set(rows.map(({ id }) => id));
  }

  private async keepOwn<E extends LeasedEvent>(events: readonly E[]): Promise<E[]> {
    const held = await this.findHeld(events);
    return events.filter(({ id }) => held.has(id));
  }

  /** @returns false when one of the events is not ours any more; nothing is written then */
  private async recordOwn(events: readonly SettledEvent[], leaseUntil: number): Promise<boolean> {
    const outcomes = listOutcomes(events).toSorted((a, b) =>
      a.claim.deliveryId < b.claim.deliveryId ? -1 : 1,
    );
    try {
      const markStored = await inReadCommitted(this.dataSource, (manager) =>
        this.write(manager, events, outcomes, leaseUntil),
      );
      markStored();
    } catch (error) {
      if (error instanceof MarkLostError) return false;
      throw error;
    }
    const deliveries = events.flatMap((event) =>
      event.deliveries.map(({ claim: { deliveryId, webhook } }) => ({ id: deliveryId, webhook })),
    );
    this.hooks.fannedOut(events, deliveries);
    if (outcomes.length > 0) this.hooks.attempted(outcomes.map(toRecorded));
    return true;
  }

  private async write(
    manager: EntityManager,
    events: readonly SettledEvent[],
    outcomes: Outcome[],
    leaseUntil: number,
  ): Promise<() => void> {
    const cleared = await writeOwn(manager, 'fan_out_due_at = NULL, lease_token = NULL', events);
    if (cleared < events.length) throw new MarkLostError();
    const { requests, markStored } = await this.requests.describe(manager, outcomes);
    await insertAttempts(manager, outcomes, requests);
    const now = this.clock.now();
    const deliveries = events.flatMap(({ createdAt, deliveries: ofEvent }) =>
      ofEvent.map((delivery) => ({ ...delivery, createdAt })),
    );
    await insertSettled(manager, deliveries, { now, leaseUntil });
    const [first] = deliveries;
    if (first) leaveEvidence(manager, tableOf(manager, DeliveryEntity), first.claim.deliveryId);
    await recordDeliveryEvents(manager, { held: outcomes, manual: [], locked: new Map() }, this.ids, now);
    return markStored;
  }
}

/** Writes those of some events that are held under their tokens. @returns how many are */
async function writeOwn(
  manager: EntityManager,
  set: string,
  events: readonly LeasedEvent[],
): Promise<number> {
  const { sql, values } = whereOwn(events);
  return writeWhere(
    manager,
    `UPDATE ${tableOf(manager, WebhookEventEntity)}${byPrimaryKey(dialectOf(manager))} SET ${set} WHERE ${sql}`,
    values,
  );
}

/** A token belongs to one event. */
function whereOwn(events: readonly LeasedEvent[]): { sql: string; values: string[] } {
  const these = placeholders(events.length);
  return {
    sql: `id IN (${these}) AND lease_token IN (${these})`,
    values: [...events.map(({ id }) => id).toSorted(), ...events.map(({ leaseToken }) => leaseToken)],
  };
}

function listOutcomes(events: readonly SettledEvent[]): Outcome[] {
  return events.flatMap(({ deliveries }) =>
    deliveries.flatMap(({ end }) => (typeof end === 'string' ? [] : [end])),
  );
}

function toRecorded(outcome: Outcome): RecordedAttempt {
  const { result } = outcome;
  return { outcome, ended: result === null || result.state === 'pending' ? null : result.state };
}
