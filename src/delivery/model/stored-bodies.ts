import type { EntityManager } from 'typeorm';
import type { EventContext } from '../../events/document-node.js';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import type { ClaimRow } from './claim.js';
import { WebhookEventEntity } from './delivery-entities.js';
import { restoreBody } from './pinned-bodies.js';

/** A row of a delivery with the body that stands in `webhook_bodies`; nulls: it is pinned beside the event. */
export type LeftJoined<Row extends ClaimRow> = Omit<Row, 'content_type' | 'body'> & {
  rendering: string;
  content_type: string | null;
  body: string | null;
};

interface PinnedRow {
  id: string;
  snapshot: string;
  bodies: string | null;
  context: string | null;
}

/**
 * Completes rows of deliveries with the bodies that are pinned beside their events, where they do not stand by themselves.
 *
 * @returns the rows in their order; without those whose body is not kept any more
 */
export async function completeBodies<Row extends ClaimRow>(
  manager: EntityManager,
  rows: readonly LeftJoined<Row>[],
): Promise<Row[]> {
  const missing = new Set(rows.filter(({ body }) => body === null).map(({ event_id }) => event_id));
  const events = await readPinned(manager, [...missing].toSorted());
  return rows.flatMap((row) => {
    if (row.body !== null) return [row as unknown as Row];
    const event = events.get(row.event_id);
    const pinned = event ? restoreBody(event.bodies, row.rendering, event.snapshot) : null;
    if (!event || !pinned) return [];
    const { contentType, body } = pinned;
    return [{ ...row, content_type: contentType, body, trace: readTrace(event.context) } as unknown as Row];
  });
}

/** Finds a body that is pinned beside its event; null: there is none. */
export async function findPinnedBody(
  manager: EntityManager,
  eventId: string,
  rendering: string,
): Promise<string | null> {
  const event = (await readPinned(manager, [eventId])).get(eventId);
  return event ? (restoreBody(event.bodies, rendering, event.snapshot)?.body ?? null) : null;
}

async function readPinned(
  manager: EntityManager,
  eventIds: readonly string[],
): Promise<Map<string, PinnedRow>> {
  if (eventIds.length === 0) return new Map();
  const rows = await manager.query<PinnedRow[]>(
    `SELECT id, snapshot, bodies, context FROM ${tableOf(manager, WebhookEventEntity)}${byPrimaryKey(dialectOf(manager))}
     WHERE id IN (${placeholders(eventIds.length)})`,
    [...eventIds],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function readTrace(context: string | null): string | null {
  return context === null ? null : ((JSON.parse(context) as EventContext).trace ?? null);
}
