import type {
  AttemptEntity,
  AttemptTrigger,
  DeliveryEntity,
  DeliveryState,
  FailureReason,
} from '../model/delivery-entities.js';

/** A delivery as the API tells it. Times are ISO 8601 in UTC. */
export interface DeliveryView {
  id: string;
  webhookId: string;
  eventId: string;
  /** The event type. */
  event: string;
  state: DeliveryState;
  /** Why it failed; null unless it did. */
  reason: FailureReason | null;
  attemptCount: number;
  /** Of the last attempt; null where none was made or no answer came. */
  lastStatusCode: number | null;
  /** When the schedule's next attempt is due; null once it has ended. */
  nextAttemptAt: string | null;
  createdAt: string;
  finishedAt: string | null;
}

/** One request that was made for a delivery. */
export interface AttemptView {
  number: number;
  trigger: AttemptTrigger;
  startedAt: string;
  durationMs: number;
  url: string;
  statusCode: number | null;
  error: string | null;
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string> | null;
  /** The body's first 16 KiB. */
  responseBody: string | null;
  responseTruncated: boolean;
}

/** A delivery with all that was sent for it and came back. */
export interface DeliveryDetailView extends DeliveryView {
  /** Why the next attempt is when it is; null once it has ended. */
  why: string | null;
  attempts: AttemptView[];
  /** What every attempt sends; signatures are left out, the webhook's own header values masked. */
  request: { url: string | null; headers: Record<string, string>; body: string | null };
}

export function toDeliveryView(delivery: DeliveryEntity): DeliveryView {
  const { id, webhookId, eventId, event, state, reason, attemptCount, lastStatusCode } = delivery;
  return {
    id,
    webhookId,
    eventId,
    event,
    state,
    reason,
    attemptCount,
    lastStatusCode,
    nextAttemptAt: iso(delivery.nextAttemptAt),
    createdAt: new Date(delivery.createdAt).toISOString(),
    finishedAt: iso(delivery.finishedAt),
  };
}

export function toAttemptView(attempt: AttemptEntity): AttemptView {
  const { number, trigger, durationMs, url, statusCode, error, responseBody } = attempt;
  return {
    number,
    trigger,
    startedAt: new Date(attempt.startedAt).toISOString(),
    durationMs,
    url,
    statusCode,
    error,
    requestHeaders: JSON.parse(attempt.requestHeaders) as Record<string, string>,
    responseHeaders:
      attempt.responseHeaders === null
        ? null
        : (JSON.parse(attempt.responseHeaders) as Record<string, string>),
    responseBody,
    responseTruncated: Boolean(attempt.responseTruncated),
  };
}

function iso(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
