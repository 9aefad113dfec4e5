import type { StrapiWebhookRow } from '../webhooks/imports/strapi-webhook.js';

/** What was read of a Strapi project. */
export interface StrapiWebhooks {
  rows: StrapiWebhookRow[];
  /** Whether it is known to be of Strapi 5. */
  isStrapi5: boolean;
}

/** A place where Strapi's webhooks are. */
export interface StrapiSource {
  /** Its name in messages, without a password. */
  shown: string;
  read(): Promise<StrapiWebhooks>;
}
