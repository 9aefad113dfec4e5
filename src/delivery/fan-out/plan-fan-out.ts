import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import type { RecordedEvent } from '../../webhooks/formats/recorded-event.js';
import { type RenderedBody, renderBody } from '../../webhooks/formats/render-body.js';
import { nameRendering } from '../../webhooks/formats/rendering.js';
import type { FilterResult } from '../../webhooks/filters/compile-filter.js';
import { isSubscribed } from '../../webhooks/subscriptions/is-subscribed.js';

/** What one event comes to: its bodies, and who gets which. */
export interface EventPlan {
  bodies: RenderedBody[];
  recipients: { webhook: DeliverableWebhook; body: RenderedBody }[];
  /** Webhooks whose filter left the event out, or failed over it. */
  filtered: FilterNote[];
}

/** What a filter said of one event that it did not simply let pass. */
export interface FilterNote {
  webhookId: string;
  result: Exclude<FilterResult, { kind: 'matches' }>;
}

/**
 * Who gets an event: webhooks that are enabled, subscribed, older than it, and whose filter does not leave it out. Each
 * rendering is made once, however many webhooks share it.
 *
 * @param now epoch milliseconds
 * @param evaluate says what the filter of a webhook makes of the event
 * @param render makes the body of a rendering. Default: {@link renderBody}
 * @throws what a format throws that cannot render the event
 */
export function planFanOut(
  event: RecordedEvent,
  webhooks: Iterable<DeliverableWebhook>,
  now: number,
  evaluate: (webhook: DeliverableWebhook) => FilterResult,
  render: typeof renderBody = renderBody,
): EventPlan {
  const bodies = new Map<string, RenderedBody>();
  const recipients: EventPlan['recipients'] = [];
  const filtered: FilterNote[] = [];
  for (const webhook of webhooks) {
    if (!isRecipient(webhook, event, now)) continue;
    const result = evaluate(webhook);
    if (result.kind !== 'matches') filtered.push({ webhookId: webhook.id, result });
    if (result.kind === 'no-match') continue;
    const rendering = nameRendering(webhook);
    let body = bodies.get(rendering);
    if (!body) {
      body = render(webhook, event);
      bodies.set(rendering, body);
    }
    recipients.push({ webhook, body });
  }
  return { bodies: [...bodies.values()], recipients, filtered };
}

/**
 * Whether an event is for a webhook, unless its filter leaves it out.
 *
 * @param now epoch milliseconds
 */
export function isRecipient(webhook: DeliverableWebhook, event: RecordedEvent, now: number): boolean {
  return webhook.isEnabled && isOlder(webhook, event, now) && isSubscribed(webhook, event);
}

/**
 * Whether a webhook was there before an event. Ids decide within one millisecond. A webhook that seems to be made in the
 * future was made before the clock was set back, and so before everything that is recorded now.
 *
 * @param now epoch milliseconds
 */
export function isOlder(
  webhook: Pick<DeliverableWebhook, 'id' | 'createdAt'>,
  event: Pick<RecordedEvent, 'id' | 'createdAt'>,
  now: number,
): boolean {
  if (webhook.createdAt > now && event.createdAt <= now) return true;
  return (
    webhook.createdAt < event.createdAt || (webhook.createdAt === event.createdAt && webhook.id < event.id)
  );
}
