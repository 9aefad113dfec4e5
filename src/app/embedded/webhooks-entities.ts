import { EntitySchema } from 'typeorm';
import { adminEntities } from '../../admin/tokens/admin-token.entity.js';
import { deliveryEntities } from '../../delivery/entities.js';
import { DEFAULT_PREFIX } from '../../database/prefixed-runner.js';
import { webhookEntities } from '../../webhooks/entities.js';

/**
 * Our tables, for the `entities` of a host's data source.
 *
 * They keep out of `synchronize: true`, which knows nothing of their indices and collations; migrations make them.
 *
 * @param prefix what their names begin with, so that they meet none of the host's; the module is told the same. Default: `posthorn_`
 */
export function webhooksEntities(prefix = DEFAULT_PREFIX): EntitySchema[] {
  return [...webhookEntities(prefix), ...deliveryEntities(prefix), ...adminEntities(prefix)].map(
    ({ options }) =>
      // A host may well have an entity called Webhook.
      new EntitySchema({ ...options, name: `Posthorn${options.name}`, synchronize: false }),
  );
}
