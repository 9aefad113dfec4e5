import type { ContentTypeEvents, WebhookEntity } from '../webhook.entity.js';

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
  tenant: string | null;
  /** Null while it is enabled. */
  disabledReason: string | null;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** ISO 8601, UTC. */
  updatedAt: string;
}

/** What of a webhook is shown: everything but its secret. */
export function toView(webhook: WebhookEntity): WebhookView {
  return {
    id: webhook.id,
    name: webhook.name,
    url: webhook.url,
    headers: webhook.headers,
    events: webhook.events,
    isEnabled: webhook.isEnabled,
    contentTypeEvents: webhook.contentTypeEvents,
    format: webhook.format,
    timeoutMs: webhook.timeoutMs,
    retrySchedule: webhook.retrySchedule,
    tenant: webhook.tenant,
    disabledReason: webhook.disabledReason,
    createdAt: new Date(webhook.createdAt).toISOString(),
    updatedAt: new Date(webhook.updatedAt).toISOString(),
  };
}
