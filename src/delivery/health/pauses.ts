import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { readInPages } from '../../database/read-in-pages.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import type { Attempt } from '../model/attempt.js';
import { parseRetryAfter } from '../retry/retry-after.js';
import { MAX_RETRY_AFTER_MS } from '../retry/retry-schedule.js';

/** Statuses of a receiver that is overloaded or unavailable. */
const PAUSING_STATUSES = new Set([429, 502, 503, 504]);

/**
 * Backpressure: 429, 502, 503 and 504 pause the whole webhook, for as long as `Retry-After` asks.
 *
 * @param pauseMs the length of the pause where there is no `Retry-After`
 * @returns when the pause ends, epoch milliseconds; null for an attempt that pauses nothing
 */
export function pauseUntil(
  { statusCode, responseHeaders, startedAt, durationMs }: Attempt,
  pauseMs: number,
): number | null {
  if (statusCode === null || !PAUSING_STATUSES.has(statusCode)) return null;
  const now = startedAt + durationMs;
  const asked = parseRetryAfter(responseHeaders?.['retry-after'], now);
  return now + Math.min(asked ?? pauseMs, MAX_RETRY_AFTER_MS);
}

/** A webhook's pause: nothing is sent until it ends, then one probe where its circuit breaker is open. */
export interface Pause {
  /** Epoch milliseconds. */
  until: number;
  /** Whether the breaker is open: one probe decides whether it closes. */
  needsProbe: boolean;
}

interface PauseRow {
  webhook_id: string;
  paused_until: string | number;
  breaker: string;
}

/** The webhooks that are paused or whose breaker is not closed: one read of a sparse index. */
export async function pausedWebhooks(manager: EntityManager): Promise<Map<string, Pause>> {
  const table = tableOf(manager, WebhookHealthEntity);
  const rows = await readInPages<PauseRow, PauseRow>(
    (row) => row,
    (last, most) =>
      manager.query<PauseRow[]>(
        `SELECT webhook_id, paused_until, breaker FROM ${table}
         WHERE paused_until > 0 AND paused_until >= ? AND (paused_until > ? OR webhook_id > ?)
         ORDER BY paused_until, webhook_id LIMIT ${most}`,
        [last?.paused_until ?? 0, last?.paused_until ?? 0, last?.webhook_id ?? ''],
      ),
  );
  return new Map(
    rows.map(({ webhook_id, paused_until, breaker }) => [
      webhook_id,
      { until: Number(paused_until), needsProbe: breaker !== 'closed' },
    ]),
  );
}
