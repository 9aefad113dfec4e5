import type { WebhookTls } from '../model/webhook-tls.js';
import type { Include } from '../formats/rendering.js';
import type { ContentTypeEvents, Ordering } from '../model/webhook.entity.js';

/** A webhook as someone asks for it. What is left out is kept, or gets its default at the creation. */
export interface WebhookInput {
  name: string;
  url: string;
  headers: Record<string, string>;
  events: string[];
  /** Enabled unless told at the creation. */
  isEnabled?: boolean;
  contentTypeEvents?: ContentTypeEvents;
  format?: string;
  /** Milliseconds. */
  timeoutMs?: number;
  /** Seconds, one number per retry; null: the deployment's schedule. */
  retrySchedule?: number[] | null;
  /** Requests a second; null: no limit. */
  rateLimit?: number | null;
  /** Requests out at a time; null: no limit. */
  concurrency?: number | null;
  ordering?: Ordering;
  tenant?: string | null;
  /** Null: nothing of its own. A masked key is the stored one. */
  tls?: WebhookTls | null;
  include?: Include[];
  cloudEventsHandshake?: boolean;
  /** CEL over an event: only those that it is true of are delivered; null: all. */
  filter?: string | null;
  /** Whether requests carry `X-Hub-Signature-256` too. */
  hubSignature?: boolean;
}
