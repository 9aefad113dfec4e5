import { type DynamicModule, Module } from '@nestjs/common';
import { WebhookImports } from './imports/webhook-imports.js';
import { SecretRotation } from './registrations/secret-rotation.js';
import { WebhookChanges } from './registrations/webhook-changes.js';
import { WebhookDirectory } from './registrations/webhook-directory.js';
import { WebhookRegistrations } from './registrations/webhook-registrations.js';
import { WebhookRules } from './registrations/webhook-rules.js';
import { EventTypesController } from './rest/event-types.controller.js';
import { WebhookSecretController } from './rest/webhook-secret.controller.js';
import { WebhookViews } from './rest/webhook-views.js';
import { WebhooksController } from './rest/webhooks.controller.js';
import { WebhookSecrets } from './secrets/webhook-secrets.js';
import { WebhookRegistry } from './webhook-registry.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from './webhooks-options.js';

/**
 * Registrations of webhooks and their admin routes. Needs the data source with `webhookEntities()`, the event
 * emitter, and the global events and time modules.
 */
@Module({})
export class WebhookRegistrationsModule {
  static forRoot(options: WebhooksOptions): DynamicModule {
    return {
      module: WebhookRegistrationsModule,
      controllers: [WebhooksController, EventTypesController, WebhookSecretController],
      providers: [
        { provide: WEBHOOKS_OPTIONS, useValue: options },
        WebhookChanges,
        WebhookDirectory,
        WebhookImports,
        WebhookRegistrations,
        WebhookRegistry,
        WebhookRules,
        WebhookSecrets,
        SecretRotation,
        WebhookViews,
      ],
      exports: [WebhookRegistry, WebhookRegistrations, WebhookDirectory],
    };
  }
}
