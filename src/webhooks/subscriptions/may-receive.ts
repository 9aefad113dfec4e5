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

/**
 * Whether a delivery may be sent anew to the webhook that it was made for. What was made while the webhook belonged to a
 * tenant stays that tenant's: it is sent to no other tenant's receiver, and to none of nobody's, whose URL and answers
 * the tenant would read in its history.
 *
 * @param delivery its own tenant and that of its event; null: none
 */
export function mayReceiveAnew(
  webhook: Pick<DeliverableWebhook, 'tenant'>,
  delivery: { tenant: string | null; eventTenant: string | null },
): boolean {
  if (delivery.tenant !== null && delivery.tenant !== webhook.tenant) return false;
  return mayReceive(webhook, delivery.eventTenant);
}
