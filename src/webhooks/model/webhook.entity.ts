import { EntitySchema } from 'typeorm';
import { EPOCH_MS, JSON_TEXT } from '../../database/column-transformers.js';
import type { StoredTls } from './webhook-tls.js';
import type { Include } from '../formats/rendering.js';

/** Which events of which content type a webhook wants: `{'api::address.address': ['entry.create']}`. */
export type ContentTypeEvents = Record<string, string[]>;

export type Ordering = 'none' | 'entry';

/** A webhook's row: who is told of what, and where. */
export class WebhookEntity {
  id!: string;
  name!: string;
  url!: string;
  /** JSON of the headers that are sent with every request, under those that are ours; sealed for this row. */
  sealedHeaders!: string;
  /** Catalogue names, `*` and `<prefix>.*`. */
  events!: string[];
  /** What is wanted beside {@link events}; nothing that they cover already. */
  contentTypeEvents!: ContentTypeEvents;
  isEnabled!: boolean;
  /** Why it is disabled; null while it is enabled. */
  disabledReason!: string | null;
  /** How bodies are rendered: `strapi-v3`, `strapi-v5`, `standard` or `cloudevents`. */
  format!: string;
  /** How long a request may take in all, milliseconds. */
  timeoutMs!: number;
  /** Seconds before each retry; null: the deployment's schedule. */
  retrySchedule!: number[] | null;
  /** The most requests a second, over the whole deployment; null: no limit of its own. */
  rateLimit!: number | null;
  /** The most requests out at a time, over the whole deployment; null: no limit of its own. */
  concurrency!: number | null;
  /** `entry`: events of the same thing one after another, in the order of their commits. */
  ordering!: Ordering;
  /** Whose events it gets; null: everyone's. */
  tenant!: string | null;
  /** CEL over an event: only those that it is true of are delivered; null: all. */
  filter!: string | null;
  /** The signing secret, sealed for this row. */
  secret!: string;
  /** What its connections are made with, the key sealed for this row's id; null: nothing of its own. */
  tls!: StoredTls | null;
  /** UTC epoch milliseconds. */
  createdAt!: number;
  /** UTC epoch milliseconds. */
  updatedAt!: number;
  /** What bodies have beside the snapshot; null: nothing, as before there was a choice. */
  include!: Include[] | null;
  /** Whether its receiver must consent first, as CloudEvents' abuse protection says; only with `cloudevents`. */
  cloudEventsHandshake!: boolean;
  /** JSON of the secrets that were replaced and may still sign, sealed for this row; null: none. */
  previousSecrets!: string | null;
  /** Whether requests carry `X-Hub-Signature-256` too. */
  hubSignature!: boolean;
  /** How the row's sealed values are sealed: {@link SEAL_VERSION}, or 0 from before there was one. */
  sealVersion!: number;
}

/** Of rows whose sealed values are all bound to row and column. */
export const SEAL_VERSION = 1;

/** The one row whose version goes up with every change to any webhook. */
export class WebhookRegistryEntity {
  id!: number;
  version!: number;
  /** Whether sending as a whole is paused; recording goes on. */
  sendingPaused!: boolean;
}

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

export const webhookRegistrySchema = (prefix = '') =>
  new EntitySchema<WebhookRegistryEntity>({
    target: WebhookRegistryEntity,
    name: 'WebhookRegistry',
    tableName: `${prefix}webhook_registry`,
    columns: {
      id: { type: 'int', primary: true },
      version: { type: 'bigint', transformer: EPOCH_MS },
      sendingPaused: { type: 'boolean', name: 'sending_paused' },
    },
  });
