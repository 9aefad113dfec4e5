import type { ContentTypeEvents, Ordering } from '../webhook.entity.js';

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
  /** Whether requests carry `X-Hub-Signature-256` too. */
  hubSignature?: boolean;
}
