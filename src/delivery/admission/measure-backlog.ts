import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { DeliveryEntity, WebhookBodyEntity, WebhookEventEntity } from '../model/delivery-entities.js';
import type { Waiting, WaitingWork } from './backlog-scan.js';

/** How many webhooks have bodies of their own sampled: those with most pending; the others count as their mean. */
const SAMPLED_LANES = 32;

/** How many bodies of a webhook are sampled, at even distances of due time. */
const SAMPLES = 8;

/**
 * Estimates the bytes of the bodies that are to be sent, each counted for each delivery: the mean of a sample times the
 * count, webhook by webhook. It reads a bounded number of bodies, whatever waits. The data of an event that waits for its
 * fan-out counts once.
 */
export async function estimateUnsentBytes(
  manager: EntityManager,
  { byLane, events }: WaitingWork,
): Promise<number> {
  const largest = byLane.toSorted((a, b) => b.count - a.count);
  let count = 0;
  let bytes = 0;
  for (const lane of largest.slice(0, SAMPLED_LANES)) {
    bytes += lane.count * (await sampleBodies(manager, lane));
    count += lane.count;
  }
  const others = largest.slice(SAMPLED_LANES).reduce((sum, lane) => sum + lane.count, 0);
  if (count > 0) bytes += (others * bytes) / count;
  if (events.count > 0) bytes += events.count * (await sampleEvents(manager, events));
  return Math.round(bytes);
}

/** The mean length of the bodies of some pending deliveries of a webhook, bytes. */
async function sampleBodies(manager: EntityManager, lane: Waiting & { lane: string }): Promise<number> {
  const times = spread(lane);
  const one = `SELECT * FROM (SELECT event_id, rendering FROM ${tableOf(manager, DeliveryEntity)}
    WHERE lane = ? AND due_at >= ? ORDER BY due_at LIMIT 1) AS one`;
  return readMean(
    manager,
    `SELECT AVG(OCTET_LENGTH(COALESCE(b.body, e.snapshot))) AS mean FROM (${times.map(() => one).join(' UNION ')}) AS some
     JOIN ${tableOf(manager, WebhookEventEntity)} e ON e.id = some.event_id
     LEFT JOIN ${tableOf(manager, WebhookBodyEntity)} b ON b.event_id = some.event_id AND b.rendering = some.rendering`,
    times.flatMap((time) => [lane.lane, time]),
  );
}

/** The mean length of the data of some events that wait for their fan-out, bytes. */
async function sampleEvents(manager: EntityManager, events: Waiting): Promise<number> {
  const times = spread(events);
  const one = `SELECT * FROM (SELECT id, OCTET_LENGTH(snapshot) AS size FROM ${tableOf(manager, WebhookEventEntity)}
    WHERE fan_out_due_at >= ? ORDER BY fan_out_due_at LIMIT 1) AS one`;
  return readMean(
    manager,
    `SELECT AVG(size) AS mean FROM (${times.map(() => one).join(' UNION ')}) AS some`,
    times,
  );
}

async function readMean(manager: EntityManager, sql: string, parameters: unknown[]): Promise<number> {
  const [row] = await manager.query<{ mean: string | number | null }[]>(sql, parameters);
  return Number(row?.mean ?? 0);
}

/** Times at even distances, from the first to the last; each once. */
function spread({ earliest, latest }: Waiting): number[] {
  const step = (latest - earliest) / (SAMPLES - 1);
  return [...new Set(Array.from({ length: SAMPLES }, (_, n) => Math.floor(earliest + n * step)))];
}
