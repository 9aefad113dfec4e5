import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { placeholders, tableOf } from '../../database/dialect.js';
import type { Counts } from './counts.js';
import {
  BUCKET_COLUMNS,
  COUNTERS,
  LAST_ATTEMPT,
  WebhookHourEntity,
  WebhookMinuteEntity,
} from './rollup.entity.js';

const HOUR_MS = 3_600_000;
const IDS_PER_STATEMENT = 500;

const SUMS = [
  ...[...COUNTERS, ...BUCKET_COLUMNS].map((column) => `SUM(${column}) AS ${column}`),
  `MAX(${LAST_ATTEMPT}) AS ${LAST_ATTEMPT}`,
].join(', ');

type SumRow = Record<string, string | number>;

/** The table whose rows a step is made of: minutes, or hours where they are enough. */
function tableFor(stepMs: number): EntityTarget<ObjectLiteral> {
  return stepMs % HOUR_MS === 0 ? WebhookHourEntity : WebhookMinuteEntity;
}

/** A span of time, epoch milliseconds, the end not included. */
export interface Span {
  from: number;
  to: number;
}

/**
 * What happened to a tenant's webhooks, or everyone's, step by step. One range of the primary key.
 *
 * @param tenant empty: everyone's
 * @returns by the beginnings of the steps; steps in which nothing happened are missing
 */
export async function readSeries(
  manager: EntityManager,
  tenant: string,
  { from, to }: Span,
  stepMs: number,
): Promise<Map<number, Counts>> {
  const rows = await manager.query<SumRow[]>(
    `SELECT at - at % ? AS step, ${SUMS} FROM ${tableOf(manager, tableFor(stepMs))}
     WHERE webhook_id = '' AND tenant = ? AND at >= ? AND at < ? GROUP BY step`,
    [stepMs, tenant, from, to],
  );
  return new Map(rows.map((row) => [Number(row['step']), countsIn(row)]));
}

/**
 * What happened to webhooks in a span, each summed up.
 *
 * @param webhookIds of these; null: of all there are
 * @param stepMs rows of minutes or of hours: see {@link readSeries}
 */
export async function readByWebhook(
  manager: EntityManager,
  webhookIds: readonly string[] | null,
  span: Span,
  stepMs: number,
): Promise<Map<string, Counts>> {
  const rows = await rowsOfWebhooks(manager, tableFor(stepMs), webhookIds, span, SUMS, 'webhook_id');
  return new Map(rows.map((row) => [String(row['webhook_id']), countsIn(row)]));
}

/** How attempts of one webhook went in one hour. */
export interface AttemptHour {
  webhookId: string;
  at: number;
  attempts: number;
  attemptFailures: number;
}

/** How attempts went, hour by hour and webhook by webhook. */
export async function readAttemptHours(
  manager: EntityManager,
  webhookIds: readonly string[] | null,
  span: Span,
): Promise<AttemptHour[]> {
  const sums = 'SUM(attempts) AS attempts, SUM(attempt_failures) AS attempt_failures';
  const rows = await rowsOfWebhooks(manager, WebhookHourEntity, webhookIds, span, sums, 'webhook_id, at');
  return rows.map((row) => ({
    webhookId: String(row['webhook_id']),
    at: Number(row['at']),
    attempts: Number(row['attempts']),
    attemptFailures: Number(row['attempt_failures']),
  }));
}

/** Everyone's are a range of time; some webhooks' are a range of the primary key each. */
async function rowsOfWebhooks(
  manager: EntityManager,
  entity: EntityTarget<ObjectLiteral>,
  webhookIds: readonly string[] | null,
  { from, to }: Span,
  sums: string,
  groupBy: string,
): Promise<SumRow[]> {
  const select = `SELECT ${groupBy}, ${sums} FROM ${tableOf(manager, entity)}`;
  if (webhookIds === null) {
    return manager.query<SumRow[]>(
      `${select} WHERE at >= ? AND at < ? AND webhook_id <> '' GROUP BY ${groupBy}`,
      [from, to],
    );
  }
  const rows: SumRow[] = [];
  for (let start = 0; start < webhookIds.length; start += IDS_PER_STATEMENT) {
    const some = webhookIds.slice(start, start + IDS_PER_STATEMENT);
    rows.push(
      ...(await manager.query<SumRow[]>(
        `${select} WHERE webhook_id IN (${placeholders(some.length)}) AND at >= ? AND at < ? GROUP BY ${groupBy}`,
        [...some, from, to],
      )),
    );
  }
  return rows;
}

function countsIn(row: SumRow): Counts {
  const number = (column: string) => Number(row[column] ?? 0);
  return {
    events: number('events'),
    deliveries: number('deliveries'),
    succeeded: number('succeeded'),
    failed: number('failed'),
    attempts: number('attempts'),
    attemptFailures: number('attempt_failures'),
    took: BUCKET_COLUMNS.map(number),
    lastAttemptAt: number(LAST_ATTEMPT),
  };
}
