import { CONFIG_FOLDER } from '../../package.js';
import { loadSettings } from '../../settings/load-settings.js';
import type { Settings } from '../../settings/settings.js';
import type { WebhooksModuleOptions } from './webhooks-module-options.js';

/** The injection token of the settings that are made from the host's options. */
export const HOST_SETTINGS = 'posthorn.settings';

/**
 * Makes settings from a host's options over the defaults of its environment. Of the environment variables, which belong
 * to the host, only `NODE_ENV` is read.
 *
 * @throws {SettingsError} which names the invalid key
 * @throws {Error} without a key that encrypts secrets: a host has no folder in which one could be made
 */
export function toHostSettings(options: WebhooksModuleOptions): Settings {
  if (typeof options.secretsKey !== 'string' || options.secretsKey.trim() === '') {
    throw new Error(
      'WebhooksModule: "secretsKey" is missing. Give it base64 of 32 bytes, which encrypts the secrets of webhooks; make one with: openssl rand -base64 32',
    );
  }
  const { secretsKey, worker = true, eventTypes = [], adminToken = null } = options;
  const { NODE_ENV } = process.env;
  return loadSettings(NODE_ENV === undefined ? {} : { NODE_ENV }, CONFIG_FOLDER, {
    secretsKey,
    adminToken,
    ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
    ...(options.databasePoolSize === undefined ? {} : { databasePoolSize: options.databasePoolSize }),
    ...(options.databaseReadUrl === undefined ? {} : { databaseReadUrl: options.databaseReadUrl }),
    ...(options.databaseReadMaxLagMs === undefined
      ? {}
      : { databaseReadMaxLagMs: options.databaseReadMaxLagMs }),
    http: options.http ?? {},
    events: { custom: eventTypes },
    webhooks: options.webhooks ?? {},
    delivery: { ...options.delivery, worker },
    publicUrl: options.publicUrl ?? null,
    portal: options.portalPage ?? {},
    quotas: options.quotas ?? {},
    retention: options.retention ?? {},
    archive: options.archive ?? {},
    limits: options.limits ?? {},
  });
}
