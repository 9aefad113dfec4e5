import type { EntityManager } from 'typeorm';
import { RateLimitError } from '../../http/envelope-error.js';
import { WebhookEntity } from '../model/webhook.entity.js';

/** When a refused webhook may be tried again, seconds: only a deletion makes room. */
const RETRY_AFTER_S = 60;

/**
 * Refuses a further webhook of a tenant that has as many as it may. To be called in a transaction that has raised the
 * version of the webhooks: it locks the version's row, so that two at a time do not count the same.
 *
 * @param tenant null: without a tenant there is no quota
 * @param most 0: no quota
 * @throws {RateLimitError} when the quota is used up
 */
export async function refuseOverQuota(
  manager: EntityManager,
  tenant: string | null,
  most: number,
): Promise<void> {
  if (tenant === null || most === 0) return;
  const used = await manager.countBy(WebhookEntity, { tenant });
  if (used < most) return;
  throw new RateLimitError(
    RETRY_AFTER_S,
    `The tenant ${tenant} may have ${most} webhooks (quotas.webhooksPerTenant) and has ${used}. Delete one first.`,
  );
}
