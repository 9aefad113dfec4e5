import type { AdminOptions } from '../admin/admin-options.js';
import type { Scope } from '../auth/scopes.js';
import type { DeliveryOptions } from '../delivery/options/delivery-options.js';
import { parseEgressProxy } from '../delivery/options/egress-proxy.js';
import { checkMaySet, toPortalOptions } from './portal-options.js';
import { SettingsError } from '../settings/load-settings.js';
import type { Settings } from '../settings/settings.js';
import { findHeaderProblems } from '../webhooks/registrations/header-problems.js';
import { loadSecretsKeys } from '../webhooks/secrets/secrets-keys.js';
import { loadAuthorities } from '../webhooks/tls/authorities-file.js';
import type { WebhooksOptions } from '../webhooks/webhooks-options.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Makes the options of the admin module from the settings.
 *
 * @param openScopes the scopes that need no token
 * @throws {SettingsError} for wrong settings of the portal
 */
export function toAdminOptions(settings: Settings, openScopes: readonly Scope[]): AdminOptions {
  const { adminToken, admin, retention, environment } = settings;
  const portal = toPortalOptions(settings);
  const { auditDays } = retention;
  return { adminToken, openScopes, environment, throttle: admin.throttle, auditDays, portal };
}

/**
 * Makes the options of the delivery module from the settings.
 *
 * @throws {SettingsError} for invalid default headers
 */
export function toDeliveryOptions(settings: Settings): DeliveryOptions {
  const { webhooks, delivery, retention, archive, limits, quotas, portal } = settings;
  const { breaker, disable, handOff, ...rest } = delivery;
  return {
    ...rest,
    handOff: handOff === 'auto',
    health: {
      breaker,
      disable: { afterMs: disable.afterDays * DAY_MS, afterExhausted: disable.afterExhausted },
    },
    retention,
    archiveUrl: archive.url,
    limits,
    ...quotas,
    hiddenEvents: portal.hiddenEvents,
    retrySchedule: webhooks.retrySchedule,
    retryJitter: webhooks.retryJitter,
    defaultHeaders: validateDefaultHeaders(settings),
    httpsOnly: webhooks.httpsOnly,
    allowedNetworks: splitNetworks(settings),
    egressProxy: parseEgressProxy(webhooks.egressProxy),
    ca: loadAuthorities(webhooks.ca),
    handshakeOrigin: webhooks.handshakeOrigin,
  };
}

/** Makes the options of the webhooks module from the settings. */
export function toWebhooksOptions(settings: Settings, contentTypeUids: readonly string[]): WebhooksOptions {
  const { webhooks, quotas, portal } = settings;
  return {
    contentTypeUids,
    defaults: { timeoutMs: webhooks.timeoutMs },
    secretsKeys: loadSecretsKeys(settings),
    httpsOnly: webhooks.httpsOnly,
    allowedNetworks: splitNetworks(settings),
    cloudEventsSource: webhooks.cloudEventsSource,
    mostPerTenant: quotas.webhooksPerTenant,
    portalMaySet: checkMaySet(portal.maySet),
    hiddenEvents: portal.hiddenEvents,
  };
}

/** Splits the setting `webhooks.allowedNetworks` into its networks. */
export function splitNetworks({ webhooks }: Settings): string[] {
  return webhooks.allowedNetworks
    .split(',')
    .map((network) => network.trim())
    .filter((network) => network !== '');
}

/**
 * Validates the headers that the configuration adds to every delivery, by the rules for a webhook's own headers.
 *
 * @throws {SettingsError} for the first invalid header; without its value, which may be secret
 */
export function validateDefaultHeaders({ webhooks }: Settings): Settings['webhooks']['defaultHeaders'] {
  const [problem] = findHeaderProblems(webhooks.defaultHeaders);
  if (problem) {
    const what = problem.message.replace(/, but the final value was: .*/s, '').replace(/\.$/, '');
    throw new SettingsError(
      `The setting "webhooks.defaultHeaders" (environment: WEBHOOKS_DEFAULT_HEADERS) is wrong: ${what}.`,
    );
  }
  return webhooks.defaultHeaders;
}
