import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Viewer } from '../../auth/tenancy.js';
import { ClockSteps } from '../../database/clock-steps.js';
import { forceIndex, tableOf } from '../../database/dialect.js';
import { firstIdAt, timeOf } from '../../host/time-ordered-ids.js';
import { WebhookEventEntity } from '../model/delivery-entities.js';
import type { PublishedBy } from '../model/published-by.js';

/** Which published events are wanted; all that is given must match. Times are UTC epoch milliseconds. */
export interface PublishedEventsQuery {
  /** The token that published them. */
  tokenId?: string | undefined;
  eventId?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
  /** Ids before this one. */
  before?: string | undefined;
  /** The tenant of the token that published them; null: every token. */
  viewer: Viewer;
  limit: number;
}

/** An event that was published through the API. */
export interface PublishedEventLine {
  id: string;
  /** UTC epoch milliseconds. */
  at: number;
  by: PublishedBy;
}

interface LineRow {
  id: string;
  created_at: number | string;
  published_by: string;
}

/** Lists the events that were published through the API, with who published them, newest first by their ids. */
@Injectable()
export class PublishedEvents {
  constructor(private readonly steps: ClockSteps) {}

  /** @param manager of the primary or of a read replica */
  async list(manager: EntityManager, query: PublishedEventsQuery): Promise<PublishedEventLine[]> {
    const { eventId, limit } = query;
    const conditions = listConditions(query, this.steps);
    const hint = eventId === undefined ? forceIndex(manager, WebhookEventEntity, 'published') : '';
    const rows = await manager.query<LineRow[]>(
      `SELECT id, created_at, published_by FROM ${tableOf(manager, WebhookEventEntity)}${hint}
       WHERE ${conditions.map(([sql]) => sql).join(' AND ')} ORDER BY published_at DESC, id DESC LIMIT ${limit}`,
      conditions.flatMap(([, ...values]) => values),
    );
    return rows.map(({ id, created_at, published_by }) => ({
      id,
      at: Number(created_at),
      by: JSON.parse(published_by) as PublishedBy,
    }));
  }
}

type Condition = [sql: string, ...values: (string | number)[]];

function listConditions(
  { tokenId, eventId, from, to, before, viewer }: PublishedEventsQuery,
  steps: ClockSteps,
): Condition[] {
  const conditions: Condition[] = [['published_at IS NOT NULL']];
  // The times in the ids bound what is read, the recorded time decides.
  if (from !== undefined) {
    conditions.push(['published_at >= ? AND created_at >= ?', timeOf(firstIdAt(from)), from]);
  }
  if (to !== undefined) {
    conditions.push(['published_at <= ? AND created_at < ?', timeOf(steps.idsBefore(to)), to]);
  }
  if (before !== undefined) conditions.push(['published_at <= ? AND id < ?', timeOf(before), before]);
  if (eventId !== undefined) conditions.push(['id = ?', eventId]);
  if (viewer !== null) conditions.push(['tenant = ?', viewer], containsValue('tenant', viewer));
  if (tokenId !== undefined) conditions.push(containsValue('tokenId', tokenId));
  return conditions;
}

/** A text within the JSON has its quotes escaped, so that only the property itself matches. */
function containsValue(property: keyof PublishedBy, value: string): Condition {
  return ['INSTR(published_by, ?) > 0', `"${property}":${JSON.stringify(value)},`];
}
