import type { EntityManager } from 'typeorm';
import { dialectOf, insertIgnore, skipLocked, tableOf } from '../../database/dialect.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import { refill } from './token-bucket.js';
import type { ClaimRequest } from '../model/claim.js';
import { takeConcurrencySlots } from './concurrency-slots.js';

/** A probe that has not ended by then counts as lost, milliseconds: longer than the longest timeout. */
const PROBE_MS = 60_000;

interface HealthRow {
  webhook_id: string;
  paused_until: string | number | null;
  breaker: string;
  rate_tokens: number | null;
  rate_tokens_at: string | number | null;
}

/** How many claims a webhook's deployment-wide limits allow now, and the concurrency slots that they hold. */
export interface AcquiredLimits {
  count: number;
  /** One for each claim where the webhook limits its concurrency, else empty. */
  slots: number[];
}

/** Whether a webhook has limits that hold for the whole deployment, so that a claim must acquire them. */
export function hasDeploymentLimits({
  webhook,
  isProbe,
}: Pick<ClaimRequest, 'webhook' | 'isProbe'>): boolean {
  return isProbe || webhook.rateLimit !== null || webhook.concurrency !== null;
}

/**
 * Acquires a webhook's deployment-wide limits: tokens of its rate limit (token bucket), slots of its concurrency
 * (semaphore), or the one probe of its circuit breaker. What is not granted is a deferral: the deliveries are not written.
 *
 * It locks the webhook's row with SKIP LOCKED: while another instance holds it, nothing is granted and nobody waits.
 *
 * @param locked the webhook's deliveries that this transaction has locked
 */
export async function acquireLimits(
  manager: EntityManager,
  { webhook, isProbe }: ClaimRequest,
  locked: string[],
  now: number,
  leaseMs: number,
): Promise<AcquiredLimits> {
  const none: AcquiredLimits = { count: 0, slots: [] };
  const health = await lockHealth(manager, webhook.id);
  if (!health || Number(health.paused_until ?? 0) > now) return none;

  let count = isProbe ? 1 : locked.length;
  const bucket =
    webhook.rateLimit === null
      ? null
      : refill(
          health.rate_tokens === null
            ? null
            : { tokens: Number(health.rate_tokens), at: Number(health.rate_tokens_at) },
          webhook.rateLimit,
          now,
        );
  if (bucket) count = Math.min(count, Math.floor(bucket.tokens));
  if (count === 0) return none;
  let slots: number[] = [];
  if (webhook.concurrency !== null) {
    slots = await takeConcurrencySlots(
      manager,
      webhook.id,
      webhook.concurrency,
      locked.slice(0, count),
      now,
      now + leaseMs,
    );
    count = slots.length;
    if (count === 0) return none;
  }
  const probing = isProbe ? `breaker = 'half-open', paused_until = ${now + PROBE_MS}` : 'breaker = breaker';
  const table = tableOf(manager, WebhookHealthEntity);
  await manager.query(
    `UPDATE ${table} SET ${probing}, rate_tokens = ?, rate_tokens_at = ? WHERE webhook_id = ?`,
    [bucket ? bucket.tokens - count : null, bucket ? bucket.at : null, webhook.id],
  );
  return { count, slots };
}

async function lockHealth(manager: EntityManager, webhookId: string): Promise<HealthRow | undefined> {
  const table = tableOf(manager, WebhookHealthEntity);
  await manager.query(`${insertIgnore(dialectOf(manager))} ${table} (webhook_id) VALUES (?)`, [webhookId]);
  const [row] = await manager.query<HealthRow[]>(
    `SELECT webhook_id, paused_until, breaker, rate_tokens, rate_tokens_at FROM ${table}
     WHERE webhook_id = ?${skipLocked(dialectOf(manager))}`,
    [webhookId],
  );
  return row;
}
