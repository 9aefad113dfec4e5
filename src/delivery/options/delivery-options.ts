import type { AdmissionLimits } from './admission-limits.js';
import type { EgressProxy } from './egress-proxy.js';
import type { HealthPolicy } from './health-policy.js';

/** The options of the delivery module, which the composition sets. */
export interface DeliveryOptions {
  /** Whether this instance fans out, sends and records attempts. Off: it records events only. Default: on. */
  worker: boolean;
  /** Whether the worker sends what this instance records from memory, before its deliveries are written. */
  handOff: boolean;
  /** The most requests that this instance has in flight at a time. */
  concurrency: number;
  /** The length of a claim's lease unless it is renewed, milliseconds. */
  leaseMs: number;
  /** The interval at which a worker polls for due work when no hint wakes it, milliseconds, at most 1,000. */
  pollMs: number;
  /** How long a shutdown waits for requests in flight, milliseconds. */
  graceMs: number;
  /** How long 429, 502, 503 and 504 without a Retry-After pause a webhook, milliseconds. */
  pauseMs: number;
  /** When the circuit breaker of a webhook opens, and when the webhook is disabled. */
  health: HealthPolicy;
  /** Seconds before each retry, one number per retry, for webhooks without a schedule of their own. */
  retrySchedule: readonly number[];
  /** Jitter: a retry comes up to this share of its delay later. */
  retryJitter: number;
  /** Headers of every delivery; a webhook's own headers override them. */
  defaultHeaders: Readonly<Record<string, string>>;
  /** Private networks that the SSRF guard lets webhooks reach, as CIDRs. */
  allowedNetworks: readonly string[];
  /** Whether only https URLs are allowed. */
  httpsOnly: boolean;
  /** The proxy of all outgoing requests; null: none. The proxy variables of the environment are ignored. */
  egressProxy: EgressProxy | null;
  /** Certificate authorities, as PEM, that are trusted beside the well-known ones; null: none. */
  ca: string | null;
  /** The `WebHook-Request-Origin` of handshakes: the host name of this deployment. */
  handshakeOrigin: string;
  /** The most webhooks of a tenant; 0: no quota. */
  webhooksPerTenant: number;
  /** The most events of a tenant that the API of this instance takes, a second; 0: no quota. */
  eventsPerSecondPerTenant: number;
  /** Event types that callers with a tenant do not learn of. */
  hiddenEvents: readonly string[];
  /** How long history is kept. */
  retention: RetentionOptions;
  /** Where history is archived before it is removed; null: it is not. */
  archiveUrl: string | null;
  /** Past which bounds no new event is recorded. */
  limits: AdmissionLimits;
}

/** How long history is kept, in days; 0: for ever. Pending deliveries are kept whatever their age. */
export interface RetentionOptions {
  /** Deliveries, from their end, with their attempts; finished recoveries. */
  deliveriesDays: number;
  /** Events with their data, rendered bodies, and idempotency keys. Without them no redelivery is possible. */
  payloadsDays: number;
  /** Attempts, from their start. */
  attemptsDays: number;
  /** Rollups by the hour, from which charts are drawn. */
  rollupsDays: number;
}

/** Injection token of {@link DeliveryOptions}. */
export const DELIVERY_OPTIONS = Symbol.for('posthorn.delivery-options');

/** Injection token of the {@link Random} source; tests provide their own. */
export const RANDOM = Symbol.for('posthorn.random');

/** Returns a random number in [0, 1). */
export type Random = () => number;
