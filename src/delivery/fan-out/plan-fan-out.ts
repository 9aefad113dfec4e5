import type { RegisteredWebhook } from '../../webhooks/registered-webhook.js';
import type { RecordedEvent } from '../../webhooks/formats/recorded-event.js';
import { type RenderedBody, renderBody } from '../../webhooks/formats/render-body.js';
import { renderingName } from '../../webhooks/formats/rendering.js';
import { isSubscribed } from '../../webhooks/subscriptions/is-subscribed.js';

/** What one event comes to: its bodies, and who gets which. */
export interface EventPlan {
  bodies: RenderedBody[];
  recipients: { webhook: RegisteredWebhook; body: RenderedBody }[];
}

/**
 * Who gets an event: webhooks that are enabled, subscribed and older than it. Each rendering is made once, however
 * many webhooks share it.
 *
 * @throws what a format throws that cannot render the event
 */
export function planFanOut(event: RecordedEvent, webhooks: Iterable<RegisteredWebhook>): EventPlan {
  const bodies = new Map<string, RenderedBody>();
  const recipients: EventPlan['recipients'] = [];
  for (const webhook of webhooks) {
    if (!webhook.isEnabled || !isOlder(webhook, event) || !isSubscribed(webhook, event)) continue;
    const rendering = renderingName(webhook);
    let body = bodies.get(rendering);
    if (!body) {
      body = renderBody(webhook, event);
      bodies.set(rendering, body);
    }
    recipients.push({ webhook, body });
  }
  return { bodies: [...bodies.values()], recipients };
}

/** Whether a webhook was there before an event. Ids are time-ordered and decide within one millisecond. */
export function isOlder(
  webhook: Pick<RegisteredWebhook, 'id' | 'createdAt'>,
  event: Pick<RecordedEvent, 'id' | 'createdAt'>,
): boolean {
  return (
    webhook.createdAt < event.createdAt || (webhook.createdAt === event.createdAt && webhook.id < event.id)
  );
}
