import { webhookHandshakeSchema } from './model/webhook-handshake.entity.js';
import { webhookHealthSchema } from './model/webhook-health.entity.js';
import { webhookSchema, webhookRegistrySchema } from './model/webhook.entity.js';

/** The room's entities, for the data source. */
export const webhookEntities = (prefix = '') => [
  webhookSchema(prefix),
  webhookRegistrySchema(prefix),
  webhookHealthSchema(prefix),
  webhookHandshakeSchema(prefix),
];
