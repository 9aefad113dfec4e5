import { isOperational } from '../../events/event-catalogue.js';
import type { DeliverableWebhook } from '../model/deliverable-webhook.js';

/** What of an event decides who is told of it. */
export interface SubscribableEvent {
  /** `entry.create` */
  type: string;
  /** The content type's uid, null where there is none. */
  uid: string | null;
  /** Whose event it is; null: nobody's in particular. */
  tenant: string | null;
}

/** What of a webhook decides what it is told of. */
export type Subscription = Pick<DeliverableWebhook, 'events' | 'contentTypeEvents' | 'tenant'>;

/**
 * Whether a webhook asked for an event: its tenant's (one without a tenant gets everyone's), and named by `events`
 * or by the list of the event's content type. Whether it is enabled is another question.
 */
export function isSubscribed(webhook: Subscription, event: SubscribableEvent): boolean {
  if (webhook.tenant !== null && webhook.tenant !== event.tenant) return false;
  return matchesEventName(webhook.events, event.type) || wantsOfContentType(webhook, event);
}

/**
 * Whether a list of names, `*` and `<prefix>.*` has an event type. Operational events are not in `*`: who wants to hear
 * what became of deliveries says so.
 */
export function matchesEventName(events: readonly string[], type: string): boolean {
  return events.some(
    (one) =>
      one === type ||
      (one === '*' && !isOperational(type)) ||
      (isPrefixPattern(one) && type.startsWith(getPrefix(one))),
  );
}

/** Whether it is `<prefix>.*`, `entry.*` for one. */
export function isPrefixPattern(name: string): boolean {
  return name.length > 2 && name.endsWith('.*');
}

/** `entry.` of `entry.*` */
export function getPrefix(name: string): string {
  return name.slice(0, -1);
}

function wantsOfContentType({ contentTypeEvents }: Subscription, { uid, type }: SubscribableEvent): boolean {
  if (uid === null || !Object.hasOwn(contentTypeEvents, uid)) return false;
  return contentTypeEvents[uid]?.includes(type) ?? false;
}
