import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { provideOptions, type OptionsSource } from '../host/options-source.js';
import { WebhookImports } from './imports/webhook-imports.js';
import { FilterSuspensions } from './registrations/filter-suspensions.js';
import { SecretRotation } from './registrations/secret-rotation.js';
import { WebhookTransactions } from './registrations/webhook-transactions.js';
import { WebhookQueries } from './registrations/webhook-queries.js';
import { WebhookService } from './registrations/webhook.service.js';
import { WebhookRules } from './registrations/webhook-rules.js';
import { EventTypesController } from './rest/event-types.controller.js';
import { WebhookSecretController } from './rest/webhook-secret.controller.js';
import { WebhookCalls } from './rest/webhook-calls.js';
import { WebhookPresenter } from './rest/webhook-presenter.js';
import { WebhooksController } from './rest/webhooks.controller.js';
import { WebhookSecrets } from './secrets/webhook-secrets.js';
import { WebhookSource } from './webhook-source.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from './webhooks-options.js';

/** The admin routes of this module. */
export const WEBHOOK_CONTROLLERS: Type[] = [
  WebhooksController,
  EventTypesController,
  WebhookSecretController,
];

/**
 * Webhooks and their admin routes. Needs a data source with `webhookEntities()`, an event emitter, and the global events
 * and time modules.
 */
@Module({})
export class WebhookRegistrationsModule {
  /** @param controllers {@link WEBHOOK_CONTROLLERS}, or a host's variants of them */
  static forRoot(
    options: OptionsSource<WebhooksOptions>,
    controllers: Type[] = WEBHOOK_CONTROLLERS,
  ): DynamicModule {
    return {
      module: WebhookRegistrationsModule,
      controllers,
      providers: [
        provideOptions(WEBHOOKS_OPTIONS, options),
        WebhookTransactions,
        WebhookQueries,
        WebhookImports,
        WebhookService,
        WebhookSource,
        WebhookRules,
        WebhookSecrets,
        SecretRotation,
        FilterSuspensions,
        WebhookPresenter,
        WebhookCalls,
      ],
      exports: [WebhookSource, WebhookService, WebhookQueries, WebhookCalls, FilterSuspensions],
    };
  }
}
