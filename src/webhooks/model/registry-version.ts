import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { WebhookRegistryEntity } from './webhook.entity.js';

/** {@link WebhookSource.bumpVersion}, for work that is done before there is a registry. */
export async function bumpRegistryVersion(manager: EntityManager): Promise<void> {
  const table = tableOf(manager, WebhookRegistryEntity);
  await manager.query(`UPDATE ${table} SET version = version + 1 WHERE id = 1`);
}
