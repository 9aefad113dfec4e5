import { webhookImportSchema } from './imports/webhook-import.entity.js';
import { webhookHandshakeSchema } from './model/webhook-handshake.entity.js';
import { webhookHealthSchema } from './model/webhook-health.entity.js';
import { webhookVersionSchema } from './model/webhook-version.entity.js';
import { webhookSchema, webhookRegistrySchema } from './model/webhook.entity.js';

/** The entities of the webhooks module, for the data source. */
export const webhookEntities = (prefix = '') => [
  webhookSchema(prefix),
  webhookRegistrySchema(prefix),
  webhookHealthSchema(prefix),
  webhookHandshakeSchema(prefix),
  webhookVersionSchema(prefix),
  webhookImportSchema(prefix),
];
