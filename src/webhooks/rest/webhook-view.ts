import { toTlsView } from '../tls/tls-store.js';
import { type WebhookTls } from '../model/webhook-tls.js';
import type { Include } from '../formats/rendering.js';
import type { WebhookHandshakeEntity, HandshakeState } from '../model/webhook-handshake.entity.js';
import type { WebhookHealthEntity } from '../model/webhook-health.entity.js';
import type { ContentTypeEvents, Ordering, WebhookEntity } from '../model/webhook.entity.js';
import { isConsentRequired } from '../handshake/consent-state.js';

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
  /** PEM texts; the private key is masked. Null: nothing of its own. */
  tls: WebhookTls | null;
  /** CEL over an event: only those that it is true of are delivered; null: all. */
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
  /** How the receiver was asked for its consent; null: it need not be. */
  handshake: HandshakeView | null;
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
  /** Events that its filter left out. */
  filteredCount: number;
  /** ISO 8601, UTC; null: none was left out yet. */
  lastFilteredAt: string | null;
  /** Events over which its filter failed; they were delivered. */
  filterErrors: number;
}

/**
 * What of a webhook is shown: everything but its secret and its private key.
 *
 * @param headers its own, with their values or masked
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
      lastSuccessAt: iso(health?.lastSuccessAt),
      consecutiveFailures: health?.consecutiveFailures ?? 0,
      pausedUntil: iso(health?.pausedUntil),
      filteredCount: health?.filteredCount ?? 0,
      lastFilteredAt: iso(health?.lastFilteredAt),
      filterErrors: health?.filterErrors ?? 0,
    },
    include: webhook.include ?? [],
    cloudEventsHandshake: webhook.cloudEventsHandshake,
    handshake: toHandshakeView(webhook, handshake),
    hubSignature: webhook.hubSignature,
  };
}

function iso(epochMs: number | null | undefined): string | null {
  return epochMs === null || epochMs === undefined ? null : new Date(epochMs).toISOString();
}

/** How a receiver was asked for its consent, on the wire. */
export interface HandshakeView {
  state: HandshakeState;
  /** The most requests a minute that it allows; null: no bound. */
  allowedRate: number | null;
  /** ISO 8601, UTC; null: not asked yet. */
  askedAt: string | null;
  /** Why it is no consent yet; null: nothing to say. */
  problem: string | null;
}

/** @returns null where the webhook asks for no consent */
export function toHandshakeView(
  webhook: WebhookEntity,
  handshake: WebhookHandshakeEntity | null,
): HandshakeView | null {
  if (!isConsentRequired(webhook)) return null;
  if (handshake?.url !== webhook.url) {
    return { state: 'pending', allowedRate: null, askedAt: null, problem: null };
  }
  const { state, allowedRate, askedAt, problem } = handshake;
  return { state, allowedRate, askedAt: askedAt === null ? null : new Date(askedAt).toISOString(), problem };
}
