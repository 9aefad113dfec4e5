import { CONFIG_FOLDER } from '../../package.js';
import { loadSettings } from '../../settings/load-settings.js';
import type { Settings } from '../../settings/settings.js';
import type { WebhooksModuleOptions } from './webhooks-module-options.js';

/** The injection token of the settings that a host's options come to. */
export const HOST_SETTINGS = 'posthorn.settings';

/**
 * A host's options laid over the defaults of its environment. The process's own variables are the host's: none but
 * `NODE_ENV` is read.
 *
 * @throws {SettingsError} naming the key that is wrong
 */
export function hostSettings(options: WebhooksModuleOptions): Settings {
  const { secretsKey, worker = true, eventTypes = [], adminToken = null } = options;
  const { NODE_ENV } = process.env;
  return loadSettings(NODE_ENV === undefined ? {} : { NODE_ENV }, CONFIG_FOLDER, {
    secretsKey,
    adminToken,
    events: { custom: eventTypes },
    webhooks: options.webhooks ?? {},
    delivery: { ...options.delivery, worker },
    retention: options.retention ?? {},
  });
}
