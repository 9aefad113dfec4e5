import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { WebhookRegistryEntity } from './webhook.entity.js';

/** Raises the version of the webhooks: `WebhookSource.bumpVersion` for callers outside of Nest's container. */
export async function bumpRegistryVersion(manager: EntityManager): Promise<void> {
  const table = tableOf(manager, WebhookRegistryEntity);
  await manager.query(`UPDATE ${table} SET version = version + 1 WHERE id = 1`);
}
