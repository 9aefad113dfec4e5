import type { Include } from '../formats/rendering.js';
import { isConsentRequired } from '../handshake/consent-state.js';
import type { HandshakeState, WebhookHandshakeEntity } from '../model/webhook-handshake.entity.js';
import type { WebhookHealthEntity } from '../model/webhook-health.entity.js';
import type { WebhookTls } from '../model/webhook-tls.js';
import type { ContentTypeEvents, Ordering, WebhookEntity } from '../model/webhook.entity.js';
import { toTlsView } from '../tls/tls-store.js';

/** A webhook, as the API answers it: Strapi's keys, then the further ones. */
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
  /** The rate limit, requests a second; null: no limit of its own. */
  rateLimit: number | null;
  /** The concurrency limit, requests in flight; null: no limit of its own. */
  concurrency: number | null;
  ordering: Ordering;
  tenant: string | null;
  /** PEM texts; the private key is masked. Null: none of its own. */
  tls: WebhookTls | null;
  /** A CEL expression over an event: only events that it is true for are delivered; null: all. */
  filter: string | null;
  /** Null while it is enabled. */
  disabledReason: string | null;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** ISO 8601, UTC. */
  updatedAt: string;
  health: HealthView;
  include: Include[];
  cloudEventsHandshake: boolean;
  /** The handshake with the receiver; null: its consent is not required. */
  handshake: HandshakeView | null;
  /** Whether requests also carry `X-Hub-Signature-256`. */
  hubSignature: boolean;
}

/** The health of the receiver. */
export interface HealthView {
  /** ISO 8601, UTC; null: no attempt has succeeded yet. */
  lastSuccessAt: string | null;
  /** Attempts that failed since the last success. */
  consecutiveFailures: number;
  /** ISO 8601, UTC; null: not paused. */
  pausedUntil: string | null;
  /** Events that its filter excluded. */
  filteredCount: number;
  /** ISO 8601, UTC; null: none was excluded yet. */
  lastFilteredAt: string | null;
  /** Events for which its filter failed; they were delivered. */
  filterErrors: number;
  /**
   * ISO 8601, UTC: its filter was suspended then, because it had to be stopped again and again; its events go out
   * unfiltered until the webhook is saved. Absent: it is not suspended.
   */
  filterSuspendedAt?: string;
}

/** The handshake with a receiver (CloudEvents' abuse protection), as the API answers it. */
export interface HandshakeView {
  state: HandshakeState;
  /** The rate that the receiver allows, requests a minute; null: no limit. */
  allowedRate: number | null;
  /** ISO 8601, UTC; null: not asked yet. */
  askedAt: string | null;
  /** Why the receiver has not consented, in a sentence; null: no reason yet. */
  problem: string | null;
}

/**
 * Converts a webhook to its view: everything but its signing secret and its private key.
 *
 * @param headers its own headers, with their values or masked
 */
export function toWebhookView(
  webhook: WebhookEntity,
  headers: Record<string, string>,
  health: WebhookHealthEntity | null,
  handshake: WebhookHandshakeEntity | null = null,
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
    tls: toTlsView(webhook.tls),
    filter: webhook.filter,
    disabledReason: webhook.disabledReason,
    createdAt: new Date(webhook.createdAt).toISOString(),
    updatedAt: new Date(webhook.updatedAt).toISOString(),
    health: {
      lastSuccessAt: toIso(health?.lastSuccessAt),
      consecutiveFailures: health?.consecutiveFailures ?? 0,
      pausedUntil: toIso(health?.pausedUntil),
      filteredCount: health?.filteredCount ?? 0,
      lastFilteredAt: toIso(health?.lastFilteredAt),
      filterErrors: health?.filterErrors ?? 0,
      ...(webhook.filterSuspendedAt === null
        ? {}
        : { filterSuspendedAt: new Date(webhook.filterSuspendedAt).toISOString() }),
    },
    include: webhook.include ?? [],
    cloudEventsHandshake: webhook.cloudEventsHandshake,
    handshake: toHandshakeView(webhook, handshake),
    hubSignature: webhook.hubSignature,
  };
}

function toIso(epochMs: number | null | undefined): string | null {
  return epochMs === null || epochMs === undefined ? null : new Date(epochMs).toISOString();
}

/** @returns null where the webhook requires no consent */
function toHandshakeView(
  webhook: WebhookEntity,
  handshake: WebhookHandshakeEntity | null,
): HandshakeView | null {
  if (!isConsentRequired(webhook)) return null;
  if (handshake?.url !== webhook.url) {
    return { state: 'pending', allowedRate: null, askedAt: null, problem: null };
  }
  const { state, allowedRate, askedAt, problem } = handshake;
  return { state, allowedRate, askedAt: toIso(askedAt), problem };
}
