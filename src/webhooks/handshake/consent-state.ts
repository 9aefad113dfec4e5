import type { WebhookEntity } from '../model/webhook.entity.js';
import type { WebhookHandshakeEntity } from '../model/webhook-handshake.entity.js';

type Asking = Pick<WebhookEntity, 'format' | 'cloudEventsHandshake' | 'url'>;
type Answer = Pick<WebhookHandshakeEntity, 'url' | 'state' | 'allowedRate'>;

/** Whether a webhook's receiver must consent before anything is sent to it. */
export function isConsentRequired({ format, cloudEventsHandshake }: Asking): boolean {
  return cloudEventsHandshake && format === 'cloudevents';
}

/** Whether a webhook still waits for its receiver's consent. What was said for another URL does not count. */
export function awaitsConsent(webhook: Asking, answer: Answer | null): boolean {
  return isConsentRequired(webhook) && !(answer?.url === webhook.url && answer.state === 'allowed');
}

/**
 * The most requests a second: the webhook's own limit or what its receiver allowed, whichever is lower. The receiver
 * allows requests a minute, so that it can be less than one.
 */
export function resolveRateLimit(
  webhook: Asking & Pick<WebhookEntity, 'rateLimit'>,
  answer: Answer | null,
): number | null {
  const heeds = isConsentRequired(webhook) && answer?.url === webhook.url;
  if (!heeds || answer.allowedRate === null) return webhook.rateLimit;
  return Math.min(webhook.rateLimit ?? Infinity, answer.allowedRate / 60);
}
