import { Inject, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { EVENT_VERSION } from '../../archive/archive-lines.js';
import { ClockSteps } from '../../database/clock-steps.js';
import { LostRaceError } from '../../database/database-errors.js';
import { deleteByKeys } from '../../database/delete-by-keys.js';
import { byPrimaryKey, dialectOf, placeholders, skipLocked, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import {
  DeliveryEntity,
  RedeliveryEntity,
  WebhookBodyEntity,
  WebhookEventEntity,
} from '../model/delivery-entities.js';
import { type EndedDelivery, HistoryArchive, toHistoryRows } from './history-archive.js';
import type { Removal, RemovalResult } from './removal.js';
import { InjectDatabase } from '../../host/tokens.js';

/**
 * How many events one batch scans: each may have a body in every format, and one statement deletes at most 500 rows.
 */
const EVENTS_PER_BATCH = 100;

interface OldEvent {
  id: string;
  fan_out_due_at: string | number | null;
  created_at: string | number;
}

/**
 * Removes old events with their data and their rendered bodies. It keeps events that wait for their fan-out, and those
 * that a pending delivery or a redelivery request still has to send.
 */
@Injectable()
export class EventRemoval implements Removal {
  readonly what = 'events';

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly steps: ClockSteps,
    private readonly archive: HistoryArchive,
  ) {}

  get days(): number {
    return this.options.retention.payloadsDays;
  }

  async removeBatch(before: number, from: string): Promise<RemovalResult> {
    const rows = await this.dataSource.query<OldEvent[]>(
      `SELECT id, fan_out_due_at, created_at FROM ${tableOf(this.dataSource, WebhookEventEntity)}
       WHERE id > ? AND id < ? ORDER BY id LIMIT ${EVENTS_PER_BATCH}`,
      [from, this.steps.idsBefore(before)],
    );
    const old = rows.filter(
      ({ fan_out_due_at, created_at }) => fan_out_due_at === null && Number(created_at) < before,
    );
    const ids = await this.keepArchived(old);
    const count =
      ids.length === 0 ? 0 : await inReadCommitted(this.dataSource, (manager) => deleteEvents(manager, ids));
    return { count, next: rows.length < EVENTS_PER_BATCH ? null : (rows.at(-1)?.id ?? null) };
  }

  /**
   * The ids of those that the archive has with their bodies; without an archive all. A body may have been made after the
   * event was archived, for a delivery that stands in the archive with it.
   */
  private async keepArchived(events: OldEvent[]): Promise<string[]> {
    const ids = events.map(({ id }) => id);
    if (!this.archive.isOn || ids.length === 0) return ids;
    const archived = await this.archive.archive(
      events.map(({ id, created_at }) => ({ id, version: EVENT_VERSION, at: Number(created_at) })),
    );
    const ended = await this.dataSource.query<(EndedDelivery & { event_id: string })[]>(
      `SELECT id, event_id, finished_at, attempt_count FROM ${tableOf(this.dataSource, DeliveryEntity)}
       WHERE event_id IN (${placeholders(ids.length)}) AND state <> 'pending' AND finished_at IS NOT NULL`,
      ids,
    );
    const archivedDeliveries = await this.archive.archive(toHistoryRows(ended));
    const waiting = new Set(
      ended.flatMap(({ id, event_id }) => (archivedDeliveries.has(id) ? [] : [event_id])),
    );
    return ids.filter((id) => archived.has(id) && !waiting.has(id));
  }
}

/**
 * What nobody needed is deleted, and then looked at again: whoever arranges for an event to be sent holds it by a write,
 * and so either finds it deleted or is found here.
 *
 * @throws {LostRaceError} when one is needed, or is to be fanned out, since it was read
 */
async function deleteEvents(manager: EntityManager, ids: string[]): Promise<number> {
  const dialect = dialectOf(manager);
  const events = tableOf(manager, WebhookEventEntity);
  const locked = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${events}${byPrimaryKey(dialect)}
     WHERE id IN (${placeholders(ids.length)}) AND fan_out_due_at IS NULL${skipLocked(manager)}`,
    ids,
  );
  const needed = await findNeeded(
    manager,
    locked.map(({ id }) => id),
  );
  const removable = locked.flatMap(({ id }) => (needed.has(id) ? [] : [id])).sort();
  if (removable.length === 0) return 0;
  const deleted = await deleteByKeys(manager, events, 'id', removable, {
    sql: 'fan_out_due_at IS NULL',
    values: [],
  });
  const isOneNeeded = deleted < removable.length || (await findNeeded(manager, removable)).size > 0;
  if (isOneNeeded) throw new LostRaceError('events');
  await deleteByKeys(manager, tableOf(manager, WebhookBodyEntity), 'event_id', removable);
  return removable.length;
}

/** Finds the events that a pending delivery or a redelivery request still has to send. */
async function findNeeded(manager: EntityManager, ids: string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const deliveries = tableOf(manager, DeliveryEntity);
  const these = placeholders(ids.length);
  const pending = await manager.query<{ event_id: string }[]>(
    `SELECT event_id FROM ${deliveries} WHERE event_id IN (${these}) AND state = 'pending'`,
    ids,
  );
  const requested = await manager.query<{ event_id: string }[]>(
    `SELECT d.event_id FROM ${deliveries} d
     JOIN ${tableOf(manager, RedeliveryEntity)} r ON r.delivery_id = d.id
     WHERE d.event_id IN (${these})`,
    ids,
  );
  return new Set([...pending, ...requested].map(({ event_id }) => event_id));
}
