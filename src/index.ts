/** The public API of the package. What tests of a host need is in `posthorn/testing`. */
export * from './events/host-event-map.js';
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
export type { EventContext } from './events/document-node.js';
export type { EventActor } from './events/actor.js';
export { EventCatalogue } from './events/event-catalogue.js';
export type { EventType } from './events/event-type.js';
export type { CustomEventType } from './events/event-catalogue.js';
export { WebhookEvent } from './events/webhook-event.js';
export type { WebhookEventInit } from './events/webhook-event.js';
export { UnwritableEventError } from './delivery/recording/serialize-data.js';
export type { JsonObject, JsonValue } from './events/json.js';
export { EmitsWebhooks } from './app/embedded/emits-webhooks.js';
export type { EmitsWebhooksOptions, EntityVerb } from './app/embedded/emits-webhooks.js';
export type { HostCaller } from './app/embedded/host-caller.js';
export { HostDatabaseError, migrateHost } from './app/embedded/prepare-host-database.js';
export { InvalidEventError } from './app/embedded/check-event.js';
export {
  NoTransactionError,
  OtherDataSourceError,
  WebhookPublisher,
} from './app/embedded/webhook-publisher.js';
export type { PublishTransaction } from './app/embedded/webhook-publisher.js';
export { NotInTransactionError } from './database/clients/client-transaction.js';
export type {
  ClientStatement,
  ClientTransaction,
  ClientValue,
} from './database/clients/client-transaction.js';
export { fromTypeOrm } from './database/clients/typeorm.js';
export type { TypeOrmTransaction } from './database/clients/typeorm.js';
export { PortalSessions } from './app/embedded/portal-sessions.js';
export type { NewPortalSession } from './app/embedded/portal-sessions.js';
export type { PortalSessionInput } from './admin/portal/portal-session-registry.js';
export type { PortalSessionView } from './admin/rest/portal-session-view.js';
export { EventRefusedError } from './delivery/admission/event-refused-error.js';
export type { AdmissionObstacle } from './delivery/options/admission-limits.js';
export { Webhooks } from './app/embedded/services/webhooks.js';
export type { WebhookListOptions } from './app/embedded/services/webhooks.js';
export { Deliveries } from './app/embedded/services/deliveries.js';
export type { DeliveryListOptions } from './app/embedded/services/deliveries.js';
export { Events } from './app/embedded/services/events.js';
export type { EventListOptions, EventToPublish, OneEventToPublish } from './app/embedded/services/events.js';
export { Recoveries } from './app/embedded/services/recoveries.js';
export type { WebhookView } from './webhooks/rest/webhook-view.js';
export type { SecretsView, SecretView } from './webhooks/rest/webhook-calls.js';
export type { RotationInput } from './webhooks/registrations/secret-rotation.js';
export type { AttemptView, DeliveryDetailView, DeliveryView } from './delivery/history/delivery-view.js';
export type { DeliveryCount } from './delivery/rest/delivery-calls.js';
export type { EventDetailView, EventView } from './delivery/history/event-history.js';
export type { DeliveriesFilter, RecoverBody } from './delivery/history/recovery.dto.js';
export type { TestResult } from './delivery/redelivery/test-send.js';
export type { StartedRecovery } from './delivery/recovery/recoveries.js';
export type { RecoveryView } from './delivery/recovery/recovery-view.js';
export type { CursorPage } from './http/pagination.js';
export {
  ConflictError,
  EnvelopeError,
  ForbiddenError,
  NotFoundError,
  RateLimitError,
  RequestValidationError,
} from './http/envelope-error.js';
export { webhooksEntities } from './app/embedded/webhooks-entities.js';
export type { WebhooksModuleExtras, WebhooksModuleOptions } from './app/embedded/webhooks-module-options.js';
export { WebhooksModule } from './app/embedded/webhooks.module.js';
export { buildMigrations as webhooksMigrations } from './database/migrations/all-migrations.js';
export type { Caller } from './auth/caller.js';
export {
  WebhookQueries,
  WebhookQueries as WebhookDirectory,
} from './webhooks/registrations/webhook-queries.js';
export {
  WebhookService,
  WebhookService as WebhookRegistrations,
} from './webhooks/registrations/webhook.service.js';
export type { WebhookInput } from './webhooks/registrations/webhook-input.js';
export { verifyWebhook } from './verification/verify-webhook.js';
export type { WebhookToVerify } from './verification/verify-webhook.js';
export type { ReceivedHeaders } from './verification/received-headers.js';
export type { SignatureScheme, SignatureSchemeName } from './verification/signature-schemes.js';
export { readDeliveryId } from './verification/read-delivery-id.js';
export type { VerifiedRequest } from './verification/read-delivery-id.js';
export { WebhookInbox } from './inbox/webhook-inbox.js';
export type { InboxOptions, InboxOutcome, ReceivedWebhook } from './inbox/webhook-inbox.js';
export { webhookInboxMigrations } from './inbox/inbox-table.js';
export { webhookSignature, WebhookSignatureGuard } from './verification/webhook-signature.guard.js';
export type { RequestToGuard, WebhookSignatureOptions } from './verification/webhook-signature.guard.js';
export { WebhookVerificationError } from './verification/webhook-verification-error.js';
export type { WebhookVerificationCode } from './verification/webhook-verification-error.js';
