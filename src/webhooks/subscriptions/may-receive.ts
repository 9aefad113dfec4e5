import type { DeliverableWebhook } from '../model/deliverable-webhook.js';

/**
 * Whether a webhook may receive an event of a tenant: one without a tenant receives those of every tenant. It is asked
 * again whenever an event is sent anew, because the webhook may have gone to another tenant since.
 *
 * @param eventTenant the tenant of the event, not of the delivery; null: none
 */
export function mayReceive(
  { tenant }: Pick<DeliverableWebhook, 'tenant'>,
  eventTenant: string | null,
): boolean {
  return tenant === null || tenant === eventTenant;
}
