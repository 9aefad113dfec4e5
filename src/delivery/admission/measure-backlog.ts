import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { DeliveryEntity, WebhookBodyEntity, WebhookEventEntity } from '../model/delivery-entities.js';

/** The pending deliveries of one webhook, or the events that wait for their fan-out. */
interface Waiting {
  count: number;
  /** The first and the last due time, epoch milliseconds. */
  earliest: number;
  latest: number;
}

/** All that waits. */
export interface WaitingWork {
  byLane: readonly (Waiting & { lane: string })[];
  events: Waiting;
}

type Row = Record<'count' | 'earliest' | 'latest', string | number | null>;

/**
 * Counts all pending deliveries and all events that wait for their fan-out, through the two indexes of due work alone. It
 * reads an index entry for each, so that its cost is that of the backlog, which the bound itself keeps small.
 */
export async function countWaiting(manager: EntityManager): Promise<WaitingWork> {
  const lanes = await manager.query<(Row & { lane: string })[]>(
    `SELECT lane, COUNT(*) AS count, MIN(due_at) AS earliest, MAX(due_at) AS latest
     FROM ${tableOf(manager, DeliveryEntity)} WHERE lane > '' GROUP BY lane`,
  );
  const [events] = await manager.query<Row[]>(
    `SELECT COUNT(*) AS count, MIN(fan_out_due_at) AS earliest, MAX(fan_out_due_at) AS latest
     FROM ${tableOf(manager, WebhookEventEntity)} WHERE fan_out_due_at > 0`,
  );
  return {
    byLane: lanes.map((row) => ({ lane: row.lane, ...toWaiting(row) })),
    events: toWaiting(events),
  };
}

/** Sums up what {@link countWaiting} counted. An event that waits counts as one: how many it becomes is not known yet. */
export function sumWaiting({ byLane, events }: WaitingWork): number {
  return byLane.reduce((sum, { count }) => sum + count, events.count);
}

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
    `SELECT AVG(OCTET_LENGTH(b.body)) AS mean FROM (${times.map(() => one).join(' UNION ')}) AS some
     JOIN ${tableOf(manager, WebhookBodyEntity)} b ON b.event_id = some.event_id AND b.rendering = some.rendering`,
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

function toWaiting(row: Row | undefined): Waiting {
  return {
    count: Number(row?.count ?? 0),
    earliest: Number(row?.earliest ?? 0),
    latest: Number(row?.latest ?? 0),
  };
}
