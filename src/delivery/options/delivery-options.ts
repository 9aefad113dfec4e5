import type { EgressProxy } from './egress-proxy.js';
import type { HealthPolicy } from './health-policy.js';

/** What the delivery room is told by the composition. */
export interface DeliveryOptions {
  /** Whether this instance fans out, sends and records attempts. Off: it records events only. Default: on. */
  worker: boolean;
  /** The most requests that this instance has out at a time. */
  concurrency: number;
  /** How long a claim holds unless it is renewed, milliseconds. */
  leaseMs: number;
  /** How often due work is looked for when nothing says that there is any, milliseconds, at most 1,000. */
  pollMs: number;
  /** How long a stop waits for what is in flight, milliseconds. */
  graceMs: number;
  /** How long 429, 502, 503 and 504 pause a webhook that names no time, milliseconds. */
  pauseMs: number;
  /** When sending to a webhook is held back, and when it is given up. */
  health: HealthPolicy;
  /** Seconds before each retry, one number per retry, for webhooks without a schedule of their own. */
  retrySchedule: readonly number[];
  /** How much later than its delay a retry may come, as a share of the delay. */
  retryJitter: number;
  /** Headers that every delivery carries, under the webhook's own. */
  defaultHeaders: Readonly<Record<string, string>>;
  /** CIDRs that webhooks may reach though they are private. */
  allowedNetworks: readonly string[];
  /** Whether only https may be reached. */
  httpsOnly: boolean;
  /** The proxy that everything goes out through; null: none. What the environment says of proxies is not heeded. */
  egressProxy: EgressProxy | null;
  /** Certificates, as PEM, that receivers' certificates may be of beside the well-known ones; null: none. */
  ca: string | null;
  /** How this deployment names itself when it asks receivers for their consent: a host's name. */
  handshakeOrigin: string;
  /** How long history is kept. */
  retention: RetentionOptions;
}

/** How long things are kept, in days; 0: for ever. What is still pending is kept whatever its age. */
export interface RetentionOptions {
  /** Deliveries, from their end, with their attempts; finished recoveries. */
  deliveriesDays: number;
  /** Events with their data, bodies, and idempotency keys: without them nothing can be sent again. */
  payloadsDays: number;
  /** Attempts, from their start. */
  attemptsDays: number;
  /** What charts are drawn from, by the hour. */
  rollupsDays: number;
}

/** Injection token of {@link DeliveryOptions}. */
export const DELIVERY_OPTIONS = Symbol('DELIVERY_OPTIONS');

/** Where randomness comes from: a number in [0, 1). Injection token; tests give their own. */
export const RANDOM = Symbol('RANDOM');
export type Random = () => number;
