import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import type { AttemptTrigger } from './delivery-entities.js';

/** A delivery that this worker may attempt now, and all that the attempt needs. */
export interface Claim {
  deliveryId: string;
  eventId: string;
  /** The event type. */
  event: string;
  webhook: DeliverableWebhook;
  contentType: string;
  /** What every attempt of this delivery sends, as UTF-8. Bytes are made of it when it is sent: many claims wait. */
  body: string;
  trigger: AttemptTrigger;
  /** This attempt's number, counted from 1. */
  number: number;
  /** How many retries of the schedule were used before. */
  retriesUsed: number;
  /** Made anew at each claim: without it no state is written. */
  leaseToken: string;
  /** Until when the lease holds unless it is renewed, epoch milliseconds. */
  leaseUntil: number;
  /** Which of its webhook's slots it holds; null where the webhook has no limit on what is out at a time. */
  slot: number | null;
  /** The row of the person's wish that this attempt fulfils; null for an attempt of the schedule. */
  redeliveryId: string | null;
  /** `traceparent` of what published the event; null, or left out: nobody traced it. */
  trace?: string | null;
}

/** Says which webhooks may be sent to now, and counts what is taken. */
export interface LocalCapacity {
  /** Takes one slot; false when there is none. */
  take(webhookId: string): boolean;
  /** Gives one back. */
  release(webhookId: string): void;
}

/** How much of a webhook's due work is wanted. */
export interface ClaimRequest {
  webhook: DeliverableWebhook;
  /** At least 1. */
  count: number;
  /** Its breaker is open and its pause over: one may go and show whether the receiver is well again. */
  isProbe: boolean;
}
