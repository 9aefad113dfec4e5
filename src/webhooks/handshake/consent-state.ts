import type { WebhookEntity } from '../model/webhook.entity.js';
import type { WebhookHandshakeEntity } from '../model/webhook-handshake.entity.js';

type ConsentSettings = Pick<WebhookEntity, 'format' | 'cloudEventsHandshake' | 'url'>;
type Handshake = Pick<WebhookHandshakeEntity, 'url' | 'state' | 'allowedRate'>;

/** Whether a webhook's receiver must consent before deliveries are sent to it. */
export function isConsentRequired({ format, cloudEventsHandshake }: ConsentSettings): boolean {
  return cloudEventsHandshake && format === 'cloudevents';
}

/** Whether a webhook still waits for its receiver's consent. A consent for another URL does not count. */
export function isAwaitingConsent(webhook: ConsentSettings, handshake: Handshake | null): boolean {
  return isConsentRequired(webhook) && !(handshake?.url === webhook.url && handshake.state === 'allowed');
}

/**
 * Resolves the rate limit, requests a second: the lower one of the webhook's own and its receiver's. The receiver's is
 * in requests a minute, so the result may be less than one.
 *
 * @returns null: no limit
 */
export function resolveRateLimit(
  webhook: ConsentSettings & Pick<WebhookEntity, 'rateLimit'>,
  handshake: Handshake | null,
): number | null {
  const hasAnswered = isConsentRequired(webhook) && handshake?.url === webhook.url;
  if (!hasAnswered || handshake.allowedRate === null) return webhook.rateLimit;
  return Math.min(webhook.rateLimit ?? Infinity, handshake.allowedRate / 60);
}
