import type { AdminOptions } from '../admin/admin-options.js';
import type { Scope } from '../auth/scopes.js';
import type { DeliveryOptions } from '../delivery/options/delivery-options.js';
import { parseEgressProxy } from '../delivery/options/egress-proxy.js';
import type { Settings } from '../settings/settings.js';
import { loadSecretsKeys } from '../webhooks/secrets/secrets-keys.js';
import { loadAuthorities } from '../webhooks/tls/authorities-file.js';
import type { WebhooksOptions } from '../webhooks/webhooks-options.js';
import { SettingsError } from '../settings/load-settings.js';
import { findHeaderProblems } from '../webhooks/registrations/header-problems.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * What the settings tell the room of admin access.
 *
 * @param openScopes what needs no token
 */
export function adminOptions(settings: Settings, openScopes: readonly Scope[]): AdminOptions {
  const { adminToken, admin, retention, environment } = settings;
  return { adminToken, openScopes, environment, throttle: admin.throttle, auditDays: retention.auditDays };
}

/** What the settings tell the delivery room. */
export function deliveryOptions(settings: Settings): DeliveryOptions {
  const { webhooks, delivery, retention } = settings;
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
    defaultHeaders: checkedDefaultHeaders(settings),
    httpsOnly: webhooks.httpsOnly,
    allowedNetworks: allowedNetworks(settings),
    egressProxy: parseEgressProxy(webhooks.egressProxy),
    ca: loadAuthorities(webhooks.ca),
    handshakeOrigin: webhooks.handshakeOrigin,
  };
}

/** What the settings tell the room of webhooks. */
export function webhooksOptions(settings: Settings, contentTypeUids: readonly string[]): WebhooksOptions {
  const { webhooks } = settings;
  return {
    contentTypeUids,
    defaults: { timeoutMs: webhooks.timeoutMs },
    secretsKeys: loadSecretsKeys(settings),
    httpsOnly: webhooks.httpsOnly,
    allowedNetworks: allowedNetworks(settings),
    cloudEventsSource: webhooks.cloudEventsSource,
  };
}

function allowedNetworks({ webhooks }: Settings): string[] {
  return webhooks.allowedNetworks
    .split(',')
    .map((network) => network.trim())
    .filter((network) => network !== '');
}

/**
 * The headers that the configuration adds to every delivery, held to the rules that a webhook's own are held to.
 *
 * @throws {SettingsError} with the first thing that is wrong; values are left out, they may be secret
 */
export function checkedDefaultHeaders({ webhooks }: Settings): Settings['webhooks']['defaultHeaders'] {
  const [problem] = findHeaderProblems(webhooks.defaultHeaders);
  if (problem) {
    const what = problem.message.replace(/, but the final value was: .*/s, '').replace(/\.$/, '');
    throw new SettingsError(
      `The setting "webhooks.defaultHeaders" (environment: WEBHOOKS_DEFAULT_HEADERS) is wrong: ${what}.`,
    );
  }
  return webhooks.defaultHeaders;
}
