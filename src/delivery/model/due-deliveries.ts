import type { EntityManager } from 'typeorm';
import { tableOf, placeholders } from '../../database/dialect.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import { WebhookRegistryEntity } from '../../webhooks/model/webhook.entity.js';
import { DeliveryEntity, RedeliveryEntity, WebhookEventEntity } from './delivery-entities.js';
import type { ClaimRequest } from './claim.js';

/** What one statement tells of the work that there is. */
export interface DueWork {
  /** The version of the webhooks; null: nothing was registered yet. */
  version: number | null;
  /** Whether there may be something to do: an event or a redelivery that is due, a pending delivery, or a pause. */
  isAny: boolean;
}

interface DueWorkRow {
  version: number | string;
  event: unknown;
  delivery: unknown;
  redelivery: unknown;
  pause: unknown;
}

/**
 * Looks with one statement whether there may be work, so that a worker without any asks no more: one step into each index.
 *
 * @param now epoch milliseconds
 */
export async function findDueWork(manager: EntityManager, now: number): Promise<DueWork> {
  const [row] = await manager.query<DueWorkRow[]>(
    `SELECT version,
       (SELECT 1 FROM ${tableOf(manager, WebhookEventEntity)} WHERE fan_out_due_at >= ? LIMIT 1) AS event,
       (SELECT 1 FROM ${tableOf(manager, DeliveryEntity)} WHERE lane > '' LIMIT 1) AS delivery,
       (SELECT 1 FROM ${tableOf(manager, RedeliveryEntity)} WHERE due_at <= ? LIMIT 1) AS redelivery,
       (SELECT 1 FROM ${tableOf(manager, WebhookHealthEntity)} WHERE paused_until > 0 LIMIT 1) AS pause
     FROM ${tableOf(manager, WebhookRegistryEntity)} WHERE id = 1`,
    [-now, now],
  );
  if (!row) return { version: null, isAny: true };
  const isAny = [row.event, row.delivery, row.redelivery, row.pause].some((found) => found !== null);
  return { version: Number(row.version), isAny };
}

/** A webhook that has pending deliveries. */
export interface DueWebhook {
  webhookId: string;
  /** When the first of them is due, epoch milliseconds; a lease that is held counts as due when it runs out. */
  dueAt: number;
}

/** How many webhooks one statement asks for. */
const PER_STATEMENT = 100;

/**
 * Finds which of some webhooks have pending deliveries, and when the first of each is due. One step into the index of
 * due work for each webhook, so that the cost depends neither on the backlog nor on the history.
 */
export async function findDueWebhooks(
  manager: EntityManager,
  webhookIds: readonly string[],
): Promise<DueWebhook[]> {
  const deliveries = tableOf(manager, DeliveryEntity);
  const first = `SELECT * FROM (SELECT lane, due_at FROM ${deliveries} WHERE lane = ? ORDER BY due_at LIMIT 1) AS first_due`;
  const due: DueWebhook[] = [];
  for (let start = 0; start < webhookIds.length; start += PER_STATEMENT) {
    const some = webhookIds.slice(start, start + PER_STATEMENT);
    const rows = await manager.query<{ lane: string; due_at: string | number }[]>(
      some.map(() => first).join(' UNION ALL '),
      some,
    );
    for (const { lane, due_at } of rows) due.push({ webhookId: lane, dueAt: Number(due_at) });
  }
  return due;
}

/** Finds the next webhook, in the order of ids, that has pending deliveries, registered or not; null: there is none. */
export async function nextWebhookWithPending(manager: EntityManager, after: string): Promise<string | null> {
  const [row] = await manager.query<{ lane: string }[]>(
    `SELECT lane FROM ${tableOf(manager, DeliveryEntity)} WHERE lane > ? ORDER BY lane LIMIT 1`,
    [after],
  );
  return row?.lane ?? null;
}

/** How many rows of an ordered webhook one statement reads. */
const ROWS_PER_STATEMENT = 200;

/** How many such statements one poll makes. */
const STATEMENTS_PER_POLL = 20;

/** How many due rows are read to find those that were made before the webhook wanted order. */
const UNORDERED_ROWS = 1_000;

/** A delivery that might be claimed, read without a lock. */
export interface Candidate {
  id: string;
  webhookId: string;
}

/** A request for candidates, some of which may have been read before. */
export interface CandidateRequest extends ClaimRequest {
  /** How many of the webhook's were read before. */
  offset: number;
}

/** Finds due deliveries of webhooks without order, oldest first, through the index of due work. */
export async function findDue(
  manager: EntityManager,
  requests: CandidateRequest[],
  now: number,
): Promise<Candidate[]> {
  if (requests.length === 0) return [];
  const ofLane = `SELECT * FROM (
    SELECT id, lane FROM ${tableOf(manager, DeliveryEntity)} WHERE lane = ? AND due_at <= ? ORDER BY due_at LIMIT ? OFFSET ?
  ) AS due`;
  return readCandidates(
    manager,
    requests.map(() => ofLane).join(' UNION ALL '),
    requests.flatMap(({ webhook, count, offset }) => [webhook.id, now, count, offset]),
  );
}

/**
 * Finds the deliveries of an ordered webhook that may go next: in the line of each thing the first that has not ended,
 * if it is due. It goes from line to line through an index of its own, so that a long line behind a failing delivery is
 * skipped. {@link keepFirstInLine} decides whether a delivery really is the first, once it is locked.
 *
 * @param after the line where the last poll ended; empty: from the beginning
 */
export async function findDueInOrder(
  manager: EntityManager,
  { webhook, count }: ClaimRequest,
  now: number,
  after: string,
): Promise<{ candidates: Candidate[]; lastKey: string }> {
  const candidates: Candidate[] = [];
  let lastKey = after;
  for (let statement = 0; statement < STATEMENTS_PER_POLL && candidates.length < count; statement += 1) {
    const rows = await manager.query<{ id: string; order_key: string; due_at: number | string }[]>(
      `SELECT id, order_key, due_at FROM ${tableOf(manager, DeliveryEntity)}
       WHERE order_lane = ? AND order_key > ? ORDER BY order_key, sequence LIMIT ${ROWS_PER_STATEMENT}`,
      [webhook.id, lastKey],
    );
    for (const { id, order_key, due_at } of rows) {
      if (order_key === lastKey || candidates.length >= count) continue;
      lastKey = order_key;
      if (Number(due_at) <= now) candidates.push({ id, webhookId: webhook.id });
    }
    if (rows.length < ROWS_PER_STATEMENT && candidates.length < count) {
      if (after === '') {
        lastKey = '';
        break;
      }
      // The end: the poll goes on at the beginning, once.
      after = '';
      lastKey = '';
    }
  }
  const unordered = await findUnordered(manager, webhook.id, count - candidates.length, now);
  return { candidates: [...candidates, ...unordered], lastKey };
}

/**
 * Keeps those of some locked deliveries that are first in their lines: every earlier delivery of the thing has ended, and
 * no earlier event waits for its fan-out. One statement reads both: earlier events were committed before, so a delivery
 * that it does not see has ended.
 */
export async function keepFirstInLine(manager: EntityManager, ids: string[]): Promise<string[]> {
  const deliveries = tableOf(manager, DeliveryEntity);
  const rows = await manager.query<{ id: string }[]>(
    `SELECT d.id FROM ${deliveries} d WHERE d.id IN (${placeholders(ids.length)})
       AND (d.order_lane IS NULL OR (
         NOT EXISTS (SELECT 1 FROM ${deliveries} p
           WHERE p.order_lane = d.order_lane AND p.order_key = d.order_key AND p.sequence < d.sequence)
         AND NOT EXISTS (SELECT 1 FROM ${tableOf(manager, WebhookEventEntity)} e
           WHERE e.order_key = d.order_key AND e.sequence < d.sequence AND e.fan_out_due_at IS NOT NULL)))`,
    ids,
  );
  return rows.map(({ id }) => id);
}

/** Finds deliveries that were made before the webhook wanted order: they stand in no line. */
async function findUnordered(manager: EntityManager, webhookId: string, count: number, now: number) {
  if (count <= 0) return [];
  return readCandidates(
    manager,
    `SELECT id, lane FROM (
       SELECT id, lane, order_lane FROM ${tableOf(manager, DeliveryEntity)}
       WHERE lane = ? AND due_at <= ? ORDER BY due_at LIMIT ${UNORDERED_ROWS}
     ) AS due WHERE order_lane IS NULL LIMIT ?`,
    [webhookId, now, count],
  );
}

async function readCandidates(
  manager: EntityManager,
  sql: string,
  parameters: unknown[],
): Promise<Candidate[]> {
  const rows = await manager.query<{ id: string; lane: string }[]>(sql, parameters);
  return rows.map(({ id, lane }) => ({ id, webhookId: lane }));
}
