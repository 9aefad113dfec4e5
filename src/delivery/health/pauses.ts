import { parseRetryAfter } from '../retry/retry-after.js';
import { MAX_RETRY_AFTER_MS } from '../retry/retry-schedule.js';
import type { Attempt } from '../model/attempt.js';
import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';

/** Statuses by which a receiver says that it has too much or is not there now. */
const LEAVE_ALONE = new Set([429, 502, 503, 504]);

/**
 * Until when a receiver asked to be left alone altogether: 429, 502, 503 and 504 pause the whole webhook.
 *
 * @param pauseMs how long when it does not say
 * @returns epoch milliseconds; null when it asked for nothing
 */
export function pauseUntil(
  { statusCode, responseHeaders, startedAt, durationMs }: Attempt,
  pauseMs: number,
): number | null {
  if (statusCode === null || !LEAVE_ALONE.has(statusCode)) return null;
  const now = startedAt + durationMs;
  const asked = parseRetryAfter(responseHeaders?.['retry-after'], now);
  return now + Math.min(asked ?? pauseMs, MAX_RETRY_AFTER_MS);
}

/** Why nothing, or one probe only, goes out to a webhook. */
export interface Pause {
  /** Epoch milliseconds. */
  until: number;
  /** Whether its breaker is open: when the pause ends one probe goes first. */
  needsProbe: boolean;
}

/** The webhooks that are paused or whose breaker is not closed: one read of a sparse index. */
export async function pausedWebhooks(manager: EntityManager): Promise<Map<string, Pause>> {
  const rows = await manager.query<{ webhook_id: string; paused_until: string | number; breaker: string }[]>(
    `SELECT webhook_id, paused_until, breaker FROM ${tableOf(manager, WebhookHealthEntity)} WHERE paused_until > 0`,
  );
  return new Map(
    rows.map(({ webhook_id, paused_until, breaker }) => [
      webhook_id,
      { until: Number(paused_until), needsProbe: breaker !== 'closed' },
    ]),
  );
}
