import type { DeliveryOptions } from '../delivery/delivery-options.js';
import type { Settings } from '../settings/settings.js';
import { secretsKeys } from '../webhooks/secrets/secrets-keys.js';
import type { WebhooksOptions } from '../webhooks/webhooks-options.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What the settings tell the delivery room. */
export function deliveryOptions({ webhooks, delivery, retention }: Settings): DeliveryOptions {
  const { breaker, disable, ...rest } = delivery;
  return {
    ...rest,
    health: {
      breaker,
      disable: { afterMs: disable.afterDays * DAY_MS, afterExhausted: disable.afterExhausted },
    },
    retention,
    retrySchedule: webhooks.retrySchedule,
    retryJitter: webhooks.retryJitter,
    defaultHeaders: webhooks.defaultHeaders,
    httpsOnly: webhooks.httpsOnly,
    allowedNetworks: listIn(webhooks.allowedNetworks),
  };
}

/** What the settings tell the room of webhooks. */
export function webhooksOptions(settings: Settings, contentTypeUids: readonly string[]): WebhooksOptions {
  return {
    contentTypeUids,
    defaults: { timeoutMs: settings.webhooks.timeoutMs },
    secretsKeys: secretsKeys(settings),
    httpsOnly: settings.webhooks.httpsOnly,
  };
}

function listIn(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
