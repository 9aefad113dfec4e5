import { isOperational } from '../../events/event-catalogue.js';
import type { DeliverableWebhook } from '../model/deliverable-webhook.js';
import { mayReceive } from './may-receive.js';

/** The properties of an event that decide which webhooks get it. */
export interface SubscribableEvent {
  /** `entry.create` */
  type: string;
  /** The content type's uid, null where there is none. */
  uid: string | null;
  /** The tenant of the event; null: none. */
  tenant: string | null;
}

/** The properties of a webhook that decide which events it gets. */
export type Subscription = Pick<
  DeliverableWebhook,
  'events' | 'contentTypeEvents' | 'tenant' | 'hiddenEvents'
>;

/**
 * Whether a webhook is subscribed to an event: the event is of its tenant (a webhook without a tenant gets those of
 * every tenant), and `events` or the list of the event's content type names it. It does not look at `isEnabled`.
 */
export function isSubscribed(webhook: Subscription, event: SubscribableEvent): boolean {
  if (!mayReceive(webhook, event.tenant)) return false;
  return isNamed(webhook, event.type) || isInContentTypeList(webhook, event);
}

/** A hidden event type is subscribed to by its own name alone, which an administrator gave. */
function isNamed({ events, hiddenEvents }: Subscription, type: string): boolean {
  return hiddenEvents?.includes(type) ? events.includes(type) : matchesEventName(events, type);
}

/**
 * Whether a list of names, `*` and `<prefix>.*` matches an event type. `*` does not match operational events (those
 * about deliveries and webhooks): they must be named.
 */
export function matchesEventName(events: readonly string[], type: string): boolean {
  return events.some(
    (one) =>
      one === type ||
      (one === '*' && !isOperational(type)) ||
      (isPrefixPattern(one) && type.startsWith(getPrefix(one))),
  );
}

/** Whether a name has the form `<prefix>.*`: `entry.*`. */
export function isPrefixPattern(name: string): boolean {
  return name.length > 2 && name.endsWith('.*');
}

/** Returns `entry.` for `entry.*`. */
export function getPrefix(name: string): string {
  return name.slice(0, -1);
}

function isInContentTypeList({ contentTypeEvents }: Subscription, { uid, type }: SubscribableEvent): boolean {
  if (uid === null || !Object.hasOwn(contentTypeEvents, uid)) return false;
  return contentTypeEvents[uid]?.includes(type) ?? false;
}
