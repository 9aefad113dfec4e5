import { mayView, type Viewer } from '../../auth/tenancy.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import type { WebhookSet } from './webhook-cache.js';

/** Lists the webhooks that exist for a viewer, oldest first. */
export function listVisible({ byId }: Pick<WebhookSet, 'byId'>, viewer: Viewer): DeliverableWebhook[] {
  const visible = [...byId.values()].filter((webhook) => mayView(webhook, viewer));
  return visible.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
