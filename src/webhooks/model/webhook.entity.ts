import { EntitySchema } from 'typeorm';
import { EPOCH_MS, JSON_TEXT } from '../../database/column-transformers.js';
import type { Include } from '../formats/rendering.js';
import type { StoredTls } from './webhook-tls.js';

/** Subscriptions to events of single content types: `{'api::address.address': ['entry.create']}`. */
export type ContentTypeEvents = Record<string, string[]>;

/** `none`: deliveries may overtake each other. `entry`: those of one thing keep the order of their commits. */
export type Ordering = 'none' | 'entry';

/** A webhook's row. */
export class WebhookEntity {
  id!: string;
  name!: string;
  url!: string;
  /** JSON of its own request headers (the server's headers take precedence), encrypted for this row. */
  sealedHeaders!: string;
  /** Names of event types, `*` and `<prefix>.*`. */
  events!: string[];
  /** Subscriptions beside {@link events}, without those that {@link events} covers. */
  contentTypeEvents!: ContentTypeEvents;
  isEnabled!: boolean;
  /** Why it is disabled; null while it is enabled. */
  disabledReason!: string | null;
  /** The format of bodies: `strapi-v3`, `strapi-v5`, `standard` or `cloudevents`. */
  format!: string;
  /** The timeout of a whole request, milliseconds. */
  timeoutMs!: number;
  /** Seconds before each retry; null: the deployment's schedule. */
  retrySchedule!: number[] | null;
  /** The rate limit over the whole deployment, requests a second; null: no limit of its own. */
  rateLimit!: number | null;
  /** The concurrency limit over the whole deployment, requests in flight; null: no limit of its own. */
  concurrency!: number | null;
  /** `entry`: events of the same thing are sent one after another, in the order of their commits. */
  ordering!: Ordering;
  /** The tenant whose events it gets; null: those of every tenant. */
  tenant!: string | null;
  /** A CEL expression over an event: only events that it is true for are delivered; null: all. */
  filter!: string | null;
  /**
   * When its filter was suspended (its evaluations had to be stopped, again and again), UTC epoch milliseconds; null: it
   * is not. Saving the webhook ends the suspension.
   */
  filterSuspendedAt: number | null = null;
  /** The signing secret, encrypted for this row. */
  secret!: string;
  /** TLS settings of its connections, the private key encrypted for this row; null: none of its own. */
  tls!: StoredTls | null;
  /** UTC epoch milliseconds. */
  createdAt!: number;
  /** UTC epoch milliseconds. */
  updatedAt!: number;
  /** Additions to the snapshot in bodies; null: none (the row is from before the column). */
  include!: Include[] | null;
  /** Whether its receiver must consent first (CloudEvents' abuse protection); only with the format `cloudevents`. */
  cloudEventsHandshake!: boolean;
  /** JSON of the replaced secrets that may still sign, encrypted for this row; null: none. */
  previousSecrets!: string | null;
  /** Whether requests also carry `X-Hub-Signature-256`. */
  hubSignature!: boolean;
  /** The form of the row's encrypted values: {@link SEAL_VERSION}, or 0 for the form of earlier versions. */
  sealVersion!: number;
}

/** The form in which every secret value is encrypted and bound to its row and column. */
export const SEAL_VERSION = 1;

/** The one row of `webhook_registry`. */
export class WebhookRegistryEntity {
  id!: number;
  /** Raised by every change of any webhook: caches compare it. */
  version!: number;
  /** Whether sending is paused for the whole deployment; events are still recorded. */
  sendingPaused!: boolean;
  /** Whether no instance of an earlier release may write here any more: forms that it cannot read are used from then on. */
  migrationFinished!: boolean;
}

/** The entity schema of webhooks; the prefix is the table's. */
export const webhookSchema = (prefix = '') =>
  new EntitySchema<WebhookEntity>({
    target: WebhookEntity,
    name: 'Webhook',
    tableName: `${prefix}webhooks`,
    columns: {
      id: { type: 'varchar', length: 64, primary: true },
      name: { type: 'varchar', length: 255 },
      url: { type: 'varchar', length: 2048 },
      sealedHeaders: { type: 'text', name: 'headers' },
      events: { type: 'text', transformer: JSON_TEXT },
      contentTypeEvents: { type: 'text', name: 'content_type_events', transformer: JSON_TEXT },
      isEnabled: { type: 'boolean', name: 'is_enabled' },
      disabledReason: { type: 'varchar', length: 255, name: 'disabled_reason', nullable: true },
      format: { type: 'varchar', length: 32 },
      timeoutMs: { type: 'int', name: 'timeout_ms' },
      retrySchedule: { type: 'text', name: 'retry_schedule', nullable: true, transformer: JSON_TEXT },
      rateLimit: { type: 'int', name: 'rate_limit', nullable: true },
      concurrency: { type: 'int', nullable: true },
      ordering: { type: 'varchar', length: 16 },
      tenant: { type: 'varchar', length: 255, nullable: true },
      filter: { type: 'text', nullable: true },
      filterSuspendedAt: {
        type: 'bigint',
        name: 'filter_suspended_at',
        nullable: true,
        transformer: EPOCH_MS,
      },
      secret: { type: 'text' },
      tls: { type: 'text', nullable: true, transformer: JSON_TEXT },
      createdAt: { type: 'bigint', name: 'created_at', transformer: EPOCH_MS },
      updatedAt: { type: 'bigint', name: 'updated_at', transformer: EPOCH_MS },
      include: { type: 'text', nullable: true, transformer: JSON_TEXT },
      cloudEventsHandshake: { type: 'boolean', name: 'cloud_events_handshake' },
      previousSecrets: { type: 'text', name: 'previous_secrets', nullable: true },
      hubSignature: { type: 'boolean', name: 'hub_signature' },
      sealVersion: { type: 'int', name: 'seal_version' },
    },
  });

/** The entity schema of the version's row; the prefix is the table's. */
export const webhookRegistrySchema = (prefix = '') =>
  new EntitySchema<WebhookRegistryEntity>({
    target: WebhookRegistryEntity,
    name: 'WebhookRegistry',
    tableName: `${prefix}webhook_registry`,
    columns: {
      id: { type: 'int', primary: true },
      version: { type: 'bigint', transformer: EPOCH_MS },
      sendingPaused: { type: 'boolean', name: 'sending_paused' },
      migrationFinished: { type: 'boolean', name: 'migration_finished' },
    },
  });
