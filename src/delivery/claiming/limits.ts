import type { EntityManager } from 'typeorm';
import { dialectOf, insertIgnore, skipLocked, tableOf } from '../../database/dialect.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import { refill } from './token-bucket.js';
import type { ClaimRequest } from '../model/claim.js';
import { takeConcurrencySlots } from './concurrency-slots.js';

/** A probe that has not ended by then is taken for lost, milliseconds: longer than the longest timeout. */
const PROBE_MS = 60_000;

interface HealthRow {
  webhook_id: string;
  paused_until: string | number | null;
  breaker: string;
  rate_tokens: number | null;
  rate_tokens_at: string | number | null;
}

/** How many claims a webhook with limits of its own may have, and which slots they hold. */
export interface AcquiredLimits {
  count: number;
  /** One for each claim where the webhook has a limit on what is out at a time, else empty. */
  slots: number[];
}

/** Whether a webhook's limits hold for the whole deployment, so that claims must ask for them. */
export function hasDeploymentLimits({
  webhook,
  isProbe,
}: Pick<ClaimRequest, 'webhook' | 'isProbe'>): boolean {
  return isProbe || webhook.rateLimit !== null || webhook.concurrency !== null;
}

/**
 * Asks for the deployment's leave to send to a webhook: a token of its rate limit, a slot of its concurrency, the one
 * probe of its breaker. What is not given is a deferral: nothing is written at the deliveries.
 *
 * It passes over rows that another instance holds, and so waits for nobody.
 *
 * @param locked how many of the webhook's deliveries this transaction holds
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
