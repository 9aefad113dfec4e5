/** What the admin API answers, as docs/api.md describes it. Times are ISO 8601 in UTC. */

export interface Session {
  name: string;
  scopes: string[];
  tenant: string | null;
  version: string;
  environment: string;
  /** Of a portal session: which fields of a webhook it may set. */
  portal?: { expiresAt: string; maySet: string[] };
}

export interface System {
  engine: string;
  version: string;
  session: { problem: string | null };
  lockedRows: 'skipped' | 'ignored' | 'awaited' | null;
  sharedLocks: 'held' | 'ignored' | null;
  unasked: string | null;
  problems: string[];
  askedAt: string;
  /** Null: there is none. */
  readReplica: { isUsed: boolean; secondsBehind: number | null; problem: string | null } | null;
}

export interface Webhook {
  id: string;
  name: string;
  url: string;
  headers: Record<string, string>;
  events: string[];
  isEnabled: boolean;
  contentTypeEvents: Record<string, string[]>;
  format: string;
  timeoutMs: number;
  retrySchedule: number[] | null;
  rateLimit: number | null;
  concurrency: number | null;
  ordering: 'none' | 'entry';
  tenant: string | null;
  disabledReason: string | null;
  createdAt: string;
  updatedAt: string;
  health: {
    lastSuccessAt: string | null;
    consecutiveFailures: number;
    pausedUntil: string | null;
    /** Since when its filter is suspended; absent: it is not. */
    filterSuspendedAt?: string;
  };
  include?: string[];
  filter?: string | null;
  hubSignature?: boolean;
  cloudEventsHandshake?: boolean;
  /** How the receiver was asked for its consent; null: it need not be. */
  handshake?: {
    state: 'pending' | 'allowed' | 'refused';
    /** Requests a minute; null: no bound. */
    allowedRate: number | null;
    problem: string | null;
  } | null;
  tls?: Tls | null;
}

/** What a webhook's connections are made with, in PEM; the key is masked where it is shown. */
export interface Tls {
  ca?: string;
  certificate?: string;
  key?: string;
}

/** What `POST` and `PUT /admin/webhooks` take. */
export type WebhookInput = Pick<Webhook, 'name' | 'url' | 'headers' | 'events'> &
  Partial<
    Pick<
      Webhook,
      | 'contentTypeEvents'
      | 'format'
      | 'timeoutMs'
      | 'retrySchedule'
      | 'rateLimit'
      | 'concurrency'
      | 'ordering'
      | 'tenant'
      | 'include'
      | 'filter'
      | 'hubSignature'
      | 'cloudEventsHandshake'
      | 'tls'
    >
  >;

export interface WebhookHealth {
  id: string;
  attempts: number;
  successShare: number | null;
  p95Ms: number | null;
  lastAttemptAt: string | null;
  sparkline: { at: string; succeeded: number; failed: number }[];
}

export interface Secret {
  secret: string;
  publicKey?: string;
  previous?: { expiresAt: string }[];
}

export interface EventType {
  name: string;
  description: string;
  schema: unknown;
  example: unknown;
  /** The uids of the content types whose events these are. */
  contentTypes: string[];
}

export interface FilterCheck {
  valid: boolean;
  matches?: boolean;
  reason?: string;
  error?: { message: string; line?: number; column?: number };
}

export interface RecordedEvent {
  id: string;
  type: string;
  model: string | null;
  key: string | null;
  createdAt: string;
}

export type DeliveryState = 'pending' | 'succeeded' | 'failed';

export interface Delivery {
  id: string;
  webhookId: string;
  eventId: string;
  event: string;
  state: DeliveryState;
  reason: string | null;
  attemptCount: number;
  lastStatusCode: number | null;
  nextAttemptAt: string | null;
  createdAt: string;
  finishedAt: string | null;
}

export interface Attempt {
  number: number;
  trigger: 'event' | 'retry' | 'manual' | 'recovery' | 'test';
  startedAt: string;
  durationMs: number;
  url: string;
  statusCode: number | null;
  error: string | null;
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string> | null;
  responseBody: string | null;
  responseTruncated: boolean;
}

export interface DeliveryDetail extends Delivery {
  attempts: Attempt[];
  request: { url: string | null; headers: Record<string, string>; body: string | null };
  /** Why the next attempt is when it is. */
  why?: string | null;
}

export interface DeliveryPage {
  data: Delivery[];
  meta: { nextCursor: string | null; secondsBehind?: number };
}

export interface Recovery {
  id: string;
  state: 'running' | 'finished';
  matched: number;
  done: number;
}

export interface OverviewPoint {
  at: string;
  events: number;
  deliveries: number;
  succeeded: number;
  failed: number;
  attempts: number;
  attemptFailures: number;
  p50Ms: number | null;
  p95Ms: number | null;
}

export interface Overview {
  from: string;
  to: string;
  stepMinutes: number;
  series: OverviewPoint[];
  totals: {
    events: number;
    deliveries: number;
    succeeded: number;
    failed: number;
    attempts: number;
    successShare: number | null;
    p50Ms: number | null;
    p95Ms: number | null;
  };
  backlog: { pending: number; oldestDueAt: string | null; oldestAgeMs: number | null };
  webhooks: {
    id: string;
    name: string;
    attempts: number;
    successShare: number | null;
    p95Ms: number | null;
  }[];
  sendingPaused: boolean;
  /** The bound past which no new event is recorded; null: events are recorded. */
  recordingClosedBy: string | null;
  /** Why the instance that answered cannot send to some webhooks, in sentences. */
  problems: string[];
  suspendedFilters: { id: string; name: string; suspendedAt: string }[];
}
