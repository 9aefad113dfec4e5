import { EntitySchema } from 'typeorm';
import { EPOCH_MS } from '../../database/column-transformers.js';

/**
 * One webhook that one version of the registry created, changed or deleted. A deleted webhook has a row here and none in
 * `webhooks`: its tombstone.
 */
export class WebhookVersionEntity {
  /** The version of `webhook_registry` that the change made. */
  version!: number;
  /** Empty: the version changed no webhook. */
  webhookId!: string;
}

/** The entity schema of versions; the prefix is the table's. */
export const webhookVersionSchema = (prefix = '') =>
  new EntitySchema<WebhookVersionEntity>({
    target: WebhookVersionEntity,
    name: 'WebhookVersion',
    tableName: `${prefix}webhook_versions`,
    columns: {
      version: { type: 'bigint', primary: true, transformer: EPOCH_MS },
      webhookId: { type: 'varchar', length: 64, name: 'webhook_id', primary: true },
    },
  });
