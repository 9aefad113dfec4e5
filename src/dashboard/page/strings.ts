import { deliveries } from './strings/deliveries.js';
import { delivery } from './strings/delivery.js';
import { errors } from './strings/errors.js';
import { overview } from './strings/overview.js';
import { shell } from './strings/shell.js';
import { system } from './strings/system.js';
import { words } from './strings/words.js';
import { webhook } from './strings/webhook.js';
import { webhookForm } from './strings/webhook-form.js';
import { webhooks } from './strings/webhooks.js';

/** Every word that the page shows. A second language would be a second one of these. */
export const strings = {
  deliveries,
  delivery,
  errors,
  overview,
  shell,
  system,
  webhook,
  webhookForm,
  webhooks,
  words,
} as const;
