import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { placeholders, tableOf } from '../../database/dialect.js';
import { readInPages } from '../../database/read-in-pages.js';
import type { Condition } from '../model/delivery-selection.js';
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

/** A span of time, epoch milliseconds; the end is exclusive. */
export interface Span {
  from: number;
  to: number;
}

/**
 * Reads the counters of a tenant, or of all tenants, step by step, from one range of the primary key.
 *
 * @param tenant empty: all tenants
 * @returns the counters by the start of their step, epoch milliseconds; steps without activity are missing
 */
export async function readSeries(
  manager: EntityManager,
  tenant: string,
  { from, to }: Span,
  stepMs: number,
): Promise<Map<number, Counts>> {
  const rows = await manager.query<SumRow[]>(
    `SELECT at - at % ? AS step, ${SUMS} FROM ${tableOf(manager, pickTable(stepMs))}
     WHERE webhook_id = '' AND tenant = ? AND at >= ? AND at < ? GROUP BY step`,
    [stepMs, tenant, from, to],
  );
  return new Map(rows.map((row) => [Number(row['step']), toCounts(row)]));
}

/** Some webhooks. */
export interface TenantWebhooks {
  ids: readonly string[];
  /** The tenant that they have: what was counted for another, which they had before, is not read. Null: all is read. */
  tenant: string | null;
}

/**
 * Reads the sums of the counters in a span, webhook by webhook.
 *
 * @param webhooks null: all webhooks
 * @param stepMs picks the rollup, minutes or hours, as in {@link readSeries}
 */
export async function readByWebhook(
  manager: EntityManager,
  webhooks: TenantWebhooks | null,
  span: Span,
  stepMs: number,
): Promise<Map<string, Counts>> {
  const rows = await readWebhookRows(manager, pickTable(stepMs), webhooks, span, SUMS, 'webhook_id');
  return new Map(rows.map((row) => [String(row['webhook_id']), toCounts(row)]));
}

/** The attempts of one webhook in one hour. */
export interface AttemptHour {
  webhookId: string;
  at: number;
  attempts: number;
  attemptFailures: number;
}

/** Reads the attempts by webhook and hour. */
export async function readAttemptHours(
  manager: EntityManager,
  webhooks: TenantWebhooks | null,
  span: Span,
): Promise<AttemptHour[]> {
  const sums = 'SUM(attempts) AS attempts, SUM(attempt_failures) AS attempt_failures';
  const rows = await readWebhookRows(manager, WebhookHourEntity, webhooks, span, sums, 'webhook_id, at');
  return rows.map((row) => ({
    webhookId: String(row['webhook_id']),
    at: Number(row['at']),
    attempts: Number(row['attempts']),
    attemptFailures: Number(row['attempt_failures']),
  }));
}

/** Picks the rollup that a step is summed from: hours where the step is whole hours, else minutes. */
function pickTable(stepMs: number): EntityTarget<ObjectLiteral> {
  return stepMs % HOUR_MS === 0 ? WebhookHourEntity : WebhookMinuteEntity;
}

/** Reads one range of the index by time for all webhooks, or one range of the primary key for each given webhook. */
async function readWebhookRows(
  manager: EntityManager,
  entity: EntityTarget<ObjectLiteral>,
  webhooks: TenantWebhooks | null,
  { from, to }: Span,
  sums: string,
  groupBy: string,
): Promise<SumRow[]> {
  const select = `SELECT ${groupBy}, ${sums} FROM ${tableOf(manager, entity)}`;
  const read = (where: string, values: unknown[]) =>
    readInPages<SumRow, SumRow>(
      (row) => row,
      (last, most) => {
        const after = last && isAfter(last);
        return manager.query<SumRow[]>(
          `${select} WHERE ${where}${after ? ` AND ${after.sql}` : ''} GROUP BY ${groupBy} ORDER BY ${groupBy} LIMIT ${most}`,
          [...values, ...(after?.values ?? [])],
        );
      },
    );
  if (webhooks === null) return read("at >= ? AND at < ? AND webhook_id <> ''", [from, to]);
  const rows: SumRow[] = [];
  const { ids, tenant } = webhooks;
  for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT) {
    const some = ids.slice(start, start + IDS_PER_STATEMENT);
    rows.push(
      ...(await read(
        `webhook_id IN (${placeholders(some.length)})${tenant === null ? '' : ' AND tenant = ?'}
         AND at >= ? AND at < ?`,
        [...some, ...(tenant === null ? [] : [tenant]), from, to],
      )),
    );
  }
  return rows;
}

function toCounts(row: SumRow): Counts {
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

/** The condition that a row of sums comes behind another one, in the order of the columns that they are grouped by. */
function isAfter(last: SumRow): Condition {
  const webhookId = last['webhook_id'];
  const at = last['at'];
  if (at === undefined) return { sql: 'webhook_id > ?', values: [webhookId] };
  return { sql: 'webhook_id >= ? AND (webhook_id > ? OR at > ?)', values: [webhookId, webhookId, at] };
}
