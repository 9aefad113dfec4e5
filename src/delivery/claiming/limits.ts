import type { EntityManager } from 'typeorm';
import { writeWhere } from '../../database/conditional-write.js';
import { dialectOf, insertIgnore, skipLocked, tableOf } from '../../database/dialect.js';
import { WebhookHealthEntity } from '../../webhooks/model/webhook-health.entity.js';
import { refill } from './token-bucket.js';
import type { ClaimRequest, Lease } from '../model/claim.js';
import { returnConcurrencySlots, takeConcurrencySlots } from './concurrency-slots.js';

/** A probe that has not ended by then counts as lost, milliseconds: longer than the longest timeout. */
const PROBE_MS = 60_000;

interface HealthRow {
  webhook_id: string;
  paused_until: string | number | null;
  breaker: string;
  rate_tokens: number | null;
  rate_tokens_at: string | number | null;
  write_token: string;
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
 * What decides is the write: of two that have read the same bucket and breaker the second grants nothing.
 *
 * @param deliveryIds the webhook's deliveries that are to be claimed
 * @param lease of the claim; its token holds the slots
 */
export async function acquireLimits(
  manager: EntityManager,
  { webhook, isProbe }: ClaimRequest,
  deliveryIds: string[],
  { leaseToken, leaseUntil }: Lease,
  now: number,
): Promise<AcquiredLimits> {
  const none: AcquiredLimits = { count: 0, slots: [] };
  const health = await lockHealth(manager, webhook.id);
  if (!health || Number(health.paused_until ?? 0) > now) return none;

  let count = isProbe ? 1 : deliveryIds.length;
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
      deliveryIds.slice(0, count),
      { leaseToken, leaseUntil },
      now,
    );
    count = slots.length;
    if (count === 0) return none;
  }
  const probing = isProbe ? `breaker = 'half-open', paused_until = ${now + PROBE_MS}` : 'breaker = breaker';
  const table = tableOf(manager, WebhookHealthEntity);
  const written = await writeWhere(
    manager,
    `UPDATE ${table} SET ${probing}, rate_tokens = ?, rate_tokens_at = ?, write_token = ?
     WHERE webhook_id = ? AND write_token = ?`,
    [
      bucket ? bucket.tokens - count : null,
      bucket ? bucket.at : null,
      leaseToken,
      webhook.id,
      health.write_token,
    ],
  );
  if (written > 0) return { count, slots };
  await returnConcurrencySlots(manager, webhook.id, leaseToken, slots);
  return none;
}

/** @returns undefined while another instance holds the row */
async function lockHealth(manager: EntityManager, webhookId: string): Promise<HealthRow | undefined> {
  const known = await readHealth(manager, webhookId);
  if (known) return known;
  const table = tableOf(manager, WebhookHealthEntity);
  // An INSERT waits for whoever holds the row: it is made only where there is none.
  const rows = await manager.query<unknown[]>(`SELECT 1 FROM ${table} WHERE webhook_id = ?`, [webhookId]);
  if (rows.length > 0) return undefined;
  await manager.query(`${insertIgnore(dialectOf(manager))} ${table} (webhook_id) VALUES (?)`, [webhookId]);
  return readHealth(manager, webhookId);
}

async function readHealth(manager: EntityManager, webhookId: string): Promise<HealthRow | undefined> {
  const table = tableOf(manager, WebhookHealthEntity);
  const [row] = await manager.query<HealthRow[]>(
    `SELECT webhook_id, paused_until, breaker, rate_tokens, rate_tokens_at, write_token FROM ${table}
     WHERE webhook_id = ?${skipLocked(manager)}`,
    [webhookId],
  );
  return row;
}
