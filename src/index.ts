/** The public API of the package: what a module of the same application needs to say that something happened. */
export { announce, EventNotRecordedError } from './events/announce.js';
export {
  EntryCreated,
  EntryDeleted,
  EntryDraftDiscarded,
  EntryPublished,
  EntryUnpublished,
  EntryUpdated,
} from './events/entry-events.js';
export type { EntryChange, EntrySnapshot } from './events/entry-events.js';
export { EventCatalogue } from './events/event-catalogue.js';
export type { EventType } from './events/event-catalogue.js';
export { MediaCreated, MediaDeleted } from './events/media-events.js';
export type { MediaChange, MediaSnapshot } from './events/media-events.js';
export { WebhookEvent } from './events/webhook-event.js';
export type { JsonObject, JsonValue, WebhookEventInit } from './events/webhook-event.js';
export { verifyWebhook } from './verification/verify-webhook.js';
export type { ReceivedHeaders, WebhookToVerify } from './verification/verify-webhook.js';
export { webhookSignature, WebhookSignatureGuard } from './verification/webhook-signature.guard.js';
export type { RequestToGuard, WebhookSignatureOptions } from './verification/webhook-signature.guard.js';
export { WebhookVerificationError } from './verification/webhook-verification-error.js';
export type { WebhookVerificationCode } from './verification/webhook-verification-error.js';
