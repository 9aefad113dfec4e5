import type { WebhookHealthEntity } from '../webhook-health.entity.js';
import type { ContentTypeEvents, Ordering, WebhookEntity } from '../webhook.entity.js';

/** A webhook on the wire: Strapi's keys, then ours. */
export interface WebhookView {
  id: string;
  name: string;
  url: string;
  headers: Record<string, string>;
  events: string[];
  isEnabled: boolean;
  contentTypeEvents: ContentTypeEvents;
  format: string;
  /** Milliseconds. */
  timeoutMs: number;
  /** Seconds, one number per retry; null: the deployment's schedule. */
  retrySchedule: number[] | null;
  /** Requests a second; null: no limit of its own. */
  rateLimit: number | null;
  /** Requests out at a time; null: no limit of its own. */
  concurrency: number | null;
  ordering: Ordering;
  tenant: string | null;
  /** Null while it is enabled. */
  disabledReason: string | null;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** ISO 8601, UTC. */
  updatedAt: string;
  health: HealthView;
  /** Whether requests carry `X-Hub-Signature-256` too. */
  hubSignature: boolean;
}

/** How the receiver has been doing. */
export interface HealthView {
  /** ISO 8601, UTC; null: nothing has succeeded yet. */
  lastSuccessAt: string | null;
  consecutiveFailures: number;
  /** ISO 8601, UTC; null: not paused. */
  pausedUntil: string | null;
}

/**
 * What of a webhook is shown: everything but its secret.
 *
 * @param headers its own, with their values or masked
 */
export function toView(
  webhook: WebhookEntity,
  headers: Record<string, string>,
  health: WebhookHealthEntity | null,
): WebhookView {
  return {
    id: webhook.id,
    name: webhook.name,
    url: webhook.url,
    headers,
    events: webhook.events,
    isEnabled: webhook.isEnabled,
    contentTypeEvents: webhook.contentTypeEvents,
    format: webhook.format,
    timeoutMs: webhook.timeoutMs,
    retrySchedule: webhook.retrySchedule,
    rateLimit: webhook.rateLimit,
    concurrency: webhook.concurrency,
    ordering: webhook.ordering,
    tenant: webhook.tenant,
    disabledReason: webhook.disabledReason,
    createdAt: new Date(webhook.createdAt).toISOString(),
    updatedAt: new Date(webhook.updatedAt).toISOString(),
    health: {
      lastSuccessAt: iso(health?.lastSuccessAt),
      consecutiveFailures: health?.consecutiveFailures ?? 0,
      pausedUntil: iso(health?.pausedUntil),
    },
    hubSignature: webhook.hubSignature,
  };
}

function iso(epochMs: number | null | undefined): string | null {
  return epochMs === null || epochMs === undefined ? null : new Date(epochMs).toISOString();
}
