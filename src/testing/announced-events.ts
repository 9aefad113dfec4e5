import type { INestApplicationContext } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { WebhookEventEntity } from '../delivery/model/delivery-entities.js';
import { DATABASE } from '../host/tokens.js';
import { matchesPart } from './matches-part.js';

/** An event that was announced. */
export interface AnnouncedEvent {
  /** The `webhook-id` of its requests. */
  id: string;
  type: string;
  data: Record<string, unknown>;
  model: string | null;
  key: string | null;
  tenant: string | null;
}

/** What an announced event must have; what is left out may be anything. */
export interface ExpectedEvent {
  type: string;
  /** A part of its data: properties that are left out may be anything. Matchers such as `expect.any(Number)` work. */
  data?: object;
  model?: string | null;
  key?: string | null;
  tenant?: string | null;
}

/** No event was announced that has what a test expects. The message names those that were. */
export class NotAnnouncedError extends Error {
  override readonly name = 'NotAnnouncedError';
}

/** How many events a message shows. */
const MOST_SHOWN = 10;

/**
 * Reads the recorded events, oldest first: those whose transactions were committed.
 *
 * @param app the application, or the testing module, with Posthorn in it
 * @param type of the events. Default: every one
 */
export async function listAnnounced(app: INestApplicationContext, type?: string): Promise<AnnouncedEvent[]> {
  const { manager } = app.get<DataSource>(DATABASE, { strict: false });
  const rows = await manager.find(WebhookEventEntity, {
    order: { id: 'ASC' },
    ...(type === undefined ? {} : { where: { type } }),
  });
  return rows.map(({ id, snapshot, model, key, tenant, type: ofRow }) => ({
    id,
    type: ofRow,
    data: JSON.parse(snapshot) as Record<string, unknown>,
    model,
    key,
    tenant,
  }));
}

/**
 * Expects that an event was announced, and committed.
 *
 * ```ts
 * await service.placeOrder(order);
 * await expectAnnounced(app, { type: 'order.placed', data: { total: 42 } });
 * ```
 *
 * @returns the oldest one that fits
 * @throws {NotAnnouncedError} which names what was announced instead
 */
export async function expectAnnounced(
  app: INestApplicationContext,
  expected: ExpectedEvent,
): Promise<AnnouncedEvent> {
  const events = await listAnnounced(app);
  return findAnnounced(events, expected);
}

/**
 * Finds the oldest of some events that fits.
 *
 * @throws {NotAnnouncedError} which names those events
 */
export function findAnnounced<Event extends Omit<AnnouncedEvent, 'id'>>(
  events: readonly Event[],
  expected: ExpectedEvent,
): Event {
  const found = events.find((event) => matchesPart(event, expected));
  if (found) return found;
  const shown = events
    .slice(0, MOST_SHOWN)
    .map((event) => `  ${JSON.stringify({ ...event, id: undefined })}`);
  const more = events.length > MOST_SHOWN ? [`  and ${events.length - MOST_SHOWN} more`] : [];
  throw new NotAnnouncedError(
    [
      `No event was announced that has ${JSON.stringify(expected)}.`,
      events.length === 0 ? 'None was announced at all.' : 'Announced were:',
      ...shown,
      ...more,
    ].join('\n'),
  );
}
