import type {
  AttemptEntity,
  AttemptTrigger,
  DeliveryEntity,
  DeliveryState,
  FailureReason,
} from '../model/delivery-entities.js';

/** A delivery as the API shows it. Times are ISO 8601 in UTC. */
export interface DeliveryView {
  id: string;
  webhookId: string;
  eventId: string;
  /** The event type. */
  event: string;
  state: DeliveryState;
  /** Why it failed; null unless `state` is `failed`. */
  reason: FailureReason | null;
  attemptCount: number;
  /** Of the last attempt; null when none was made or no answer came. */
  lastStatusCode: number | null;
  /** When the schedule's next attempt is due; null once it has ended. */
  nextAttemptAt: string | null;
  createdAt: string;
  finishedAt: string | null;
}

/** An attempt as the API shows it: one request of a delivery. */
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
  /** The first 16 KiB of the body. */
  responseBody: string | null;
  responseTruncated: boolean;
}

/** A delivery with its request and all its attempts. */
export interface DeliveryDetailView extends DeliveryView {
  /** Explains the time of the next attempt; null once the delivery has ended. */
  why: string | null;
  attempts: AttemptView[];
  /** What every attempt sends, without the signatures and with the webhook's own header values masked. */
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
    nextAttemptAt: toIso(delivery.nextAttemptAt),
    createdAt: new Date(delivery.createdAt).toISOString(),
    finishedAt: toIso(delivery.finishedAt),
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

function toIso(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
