import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { WebhookHealthEntity } from '../../webhooks/webhook-health.entity.js';

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
