/** What tests of a host need: receivers, a manual clock, delivery by hand, signed requests, and what was announced. */
export {
  type AnnouncedEvent,
  type ExpectedEvent,
  expectAnnounced,
  listAnnounced,
  NotAnnouncedError,
} from './announced-events.js';
export type { AnswerRule, ReceiverAnswer } from './answer-rule.js';
export { catchRequests, type RequestCatcher } from './catch-requests.js';
export { flush } from './flush.js';
export { ManualClock } from './manual-clock.js';
export type { ReceivedRequest } from './received-request.js';
export { type Receiver, startReceiver } from './receiver.js';
export { RecordingPublisher } from './recording-publisher.js';
export { type SignedWebhook, signWebhook, type WebhookToSign } from './sign-webhook.js';
export { Clock } from '../host/clock.js';
