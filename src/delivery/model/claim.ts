import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import type { AttemptTrigger } from './delivery-entities.js';
import type { Owner } from './owner.js';

/** One request to make: what is sent, to whom, and why. */
export interface SendRequest {
  deliveryId: string;
  eventId: string;
  /** The event type. */
  event: string;
  webhook: DeliverableWebhook;
  contentType: string;
  /** The body of every attempt of this delivery, as UTF-8. Bytes are made of it when it is sent: many claims wait. */
  body: string;
  trigger: AttemptTrigger;
  /** This attempt's number, counted from 1. */
  number: number;
  /** `traceparent` of what published the event; null, or left out: it was not traced. */
  trace?: string | null;
}

/** A lease: the right to write a delivery's state until it ends. */
export interface Lease {
  /** Fencing token, made anew at each claim: a state is written only while the delivery has the same token. */
  leaseToken: string;
  /** When the lease ends unless it is renewed, epoch milliseconds. */
  leaseUntil: number;
}

/** A delivery under a lease of this worker, with everything that its attempt needs. */
export interface Claim extends SendRequest, Lease {
  /** How many retries of the schedule were used before. */
  retriesUsed: number;
  /** The slot of the webhook's deployment-wide concurrency that it holds; null where the webhook has no such limit. */
  concurrencySlot: number | null;
  /** The row of the person's redelivery that this attempt fulfils; null for an attempt of the schedule. */
  redeliveryId: string | null;
  /** Whether it is the one probe of its webhook's circuit breaker, which goes while nothing else may. */
  isProbe: boolean;
}

/** What most claims have the defaults of. */
type ClaimExtras = Pick<Claim, 'retriesUsed' | 'concurrencySlot' | 'redeliveryId' | 'isProbe'>;

/** The columns of a delivery and its body that a claim is made of. */
export interface ClaimRow {
  delivery_id: string;
  event_id: string;
  webhook_id: string;
  event: string;
  content_type: string;
  body: string;
  trace: string | null;
}

/** Makes the claim of a row that was read under a lease. */
export function claimFromRow(
  row: ClaimRow,
  webhook: DeliverableWebhook,
  lease: Lease,
  attempt: Pick<Claim, 'trigger' | 'number'> & Partial<ClaimExtras>,
): Claim {
  return makeClaim(
    {
      deliveryId: row.delivery_id,
      eventId: row.event_id,
      event: row.event,
      webhook,
      contentType: row.content_type,
      body: row.body,
      trigger: attempt.trigger,
      number: attempt.number,
      trace: row.trace,
    },
    lease,
    attempt,
  );
}

/** Puts a request under a lease: every claim is made here. */
export function makeClaim(
  request: SendRequest,
  { leaseToken, leaseUntil }: Lease,
  {
    retriesUsed = 0,
    concurrencySlot = null,
    redeliveryId = null,
    isProbe = false,
  }: Partial<ClaimExtras> = {},
): Claim {
  return {
    deliveryId: request.deliveryId,
    eventId: request.eventId,
    event: request.event,
    webhook: request.webhook,
    contentType: request.contentType,
    body: request.body,
    trigger: request.trigger,
    number: request.number,
    trace: request.trace ?? null,
    leaseToken,
    leaseUntil,
    retriesUsed,
    concurrencySlot,
    redeliveryId,
    isProbe,
  };
}

/** How many claims of a webhook's due deliveries are wanted. */
export interface ClaimRequest {
  webhook: DeliverableWebhook;
  /** At least 1. */
  count: number;
  /** The webhook's circuit breaker is open and its pause is over: one probe goes, and decides whether it closes. */
  isProbe: boolean;
}

/** The free capacity of this process, webhook by webhook. */
export interface LocalCapacity {
  /** Takes room for one claim of a webhook; false when there is none. */
  take(webhook: Owner): boolean;
  /** Gives it back. */
  release(webhookId: string): void;
}
