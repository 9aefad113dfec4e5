import { EntitySchema } from 'typeorm';
import { adminEntities } from '../../admin/entities.js';
import { DEFAULT_PREFIX } from '../../database/prefixed-runner.js';
import { deliveryEntities } from '../../delivery/entities.js';
import { webhookEntities } from '../../webhooks/entities.js';

/**
 * Gives Posthorn's entities, for the `entities` of a host's data source.
 *
 * Migrations make their tables. `synchronize: true` leaves them alone, because it does not know their indexes and
 * collations.
 *
 * @param prefix of the names of the tables, to keep them apart from the host's; the same as the module's `tablePrefix`. Default: `posthorn_`
 */
export function webhooksEntities(prefix = DEFAULT_PREFIX): EntitySchema[] {
  return [...webhookEntities(prefix), ...deliveryEntities(prefix), ...adminEntities(prefix)].map(
    ({ options }) =>
      // A host may have an entity of the name Webhook.
      new EntitySchema({ ...options, name: `Posthorn${options.name}`, synchronize: false }),
  );
}
