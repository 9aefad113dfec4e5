import type { Include } from '../formats/rendering.js';
import type { WebhookTls } from '../model/webhook-tls.js';
import type { ContentTypeEvents, Ordering } from '../model/webhook.entity.js';

/** A webhook to be created or replaced. Fields left out get their default at a creation and are kept at a replacement. */
export interface WebhookInput {
  name: string;
  url: string;
  headers: Record<string, string>;
  events: string[];
  /** Default: true. */
  isEnabled?: boolean;
  contentTypeEvents?: ContentTypeEvents;
  format?: string;
  /** Milliseconds. */
  timeoutMs?: number;
  /** Seconds, one number per retry; null: the deployment's schedule. */
  retrySchedule?: number[] | null;
  /** The rate limit, requests a second; null: no limit. */
  rateLimit?: number | null;
  /** The concurrency limit, requests in flight; null: no limit. */
  concurrency?: number | null;
  ordering?: Ordering;
  tenant?: string | null;
  /** TLS settings; null: none of its own. A masked key keeps the stored one. */
  tls?: WebhookTls | null;
  include?: Include[];
  cloudEventsHandshake?: boolean;
  /** A CEL expression over an event: only events that it is true for are delivered; null: all. */
  filter?: string | null;
  /** Whether requests also carry `X-Hub-Signature-256`. */
  hubSignature?: boolean;
}
