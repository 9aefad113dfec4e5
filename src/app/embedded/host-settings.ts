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
 */
export function toHostSettings(options: WebhooksModuleOptions): Settings {
  const { secretsKey, worker = true, eventTypes = [], adminToken = null } = options;
  const { NODE_ENV } = process.env;
  return loadSettings(NODE_ENV === undefined ? {} : { NODE_ENV }, CONFIG_FOLDER, {
    secretsKey,
    adminToken,
    http: options.http ?? {},
    events: { custom: eventTypes },
    webhooks: options.webhooks ?? {},
    delivery: { ...options.delivery, worker },
    quotas: options.quotas ?? {},
    retention: options.retention ?? {},
    limits: options.limits ?? {},
  });
}
