import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { AdminModule } from './admin/admin.module.js';
import { adminEntities } from './admin/tokens/admin-token.entity.js';
import { ContentMediaModule } from './app/adapters/content-media.module.js';
import type { ContentType } from './content/content-type.js';
import { contentEntities } from './content/tables/content-entities.js';
import { buildContentTablesStep } from './content/tables/content-tables.js';
import { DashboardModule } from './dashboard/dashboard.module.js';
import { dataSourceOptions } from './database/data-source-options.js';
import { DatabaseTimeModule } from './database/database-time.module.js';
import { DeliveryFiguresModule } from './app/adapters/delivery-metrics.adapter.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { deliveryEntities } from './delivery/entities.js';
import { describedEventTypes } from './app/event-types.js';
import { HostModule } from './app/host.module.js';
import { adminOptions, deliveryOptions, webhooksOptions } from './app/module-options.js';
import { EventsModule } from './events/events.module.js';
import { EnvelopeFilter } from './http/envelope.filter.js';
import type { Scope } from './auth/scopes.js';
import { mediaEntities } from './media/file.entity.js';
import { openDatabase } from './database/open-database.js';
import { OperationsModule } from './operations/operations.module.js';
import type { Settings } from './settings/settings.js';
import { sealAtStart } from './webhooks/secrets/reencrypt.js';
import { secretsKeys } from './webhooks/secrets/secrets-keys.js';
import { WebhookRegistrationsModule } from './webhooks/webhook-registrations.module.js';
import { webhookEntities } from './webhooks/entities.js';

/** What needs no token where content is open. */
const CONTENT_SCOPES: readonly Scope[] = ['content:read', 'content:write', 'media:read', 'media:write'];

/** What needs no token, as the settings say. */
function openScopes({ content, metrics }: Settings): Scope[] {
  return [
    ...(content.requireToken ? [] : CONTENT_SCOPES),
    ...(metrics.requireToken ? [] : ['metrics:read' as const]),
  ];
}

/** The standalone backend: every room, told what it must know from the settings. */
@Module({})
export class AppModule {
  static forRoot(settings: Settings, contentTypes: readonly ContentType[]): DynamicModule {
    // One reference, imported twice: Nest tells dynamic modules apart by it.
    const registrations = WebhookRegistrationsModule.forRoot(
      webhooksOptions(
        settings,
        contentTypes.map(({ uid }) => uid),
      ),
    );
    const delivery = DeliveryModule.forRoot(deliveryOptions(settings), registrations);
    return {
      module: AppModule,
      imports: [
        databaseModule(settings, contentTypes),
        DatabaseTimeModule,
        EventsModule.forRoot(settings.events.custom, describedEventTypes(contentTypes)),
        EventEmitterModule.forRoot(),
        ScheduleModule.forRoot(),
        HostModule.forRoot(),
        // Before the registrations, whose `admin/webhooks/:id` would take `admin/webhooks/health` for an id.
        delivery,
        registrations,
        AdminModule.forRoot(adminOptions(settings, openScopes(settings))),
        DashboardModule.forRoot('token'),
        OperationsModule.forRoot(DeliveryFiguresModule.forRoot([delivery, registrations])),
        ContentMediaModule.forRoot(
          { contentTypes },
          {
            uploadsDir: join(settings.dataDir, 'uploads'),
            maxFileBytes: settings.media.maxFileBytes,
            maxFiles: settings.media.maxFiles,
            allowedTypes: settings.media.allowedTypes,
          },
        ),
      ],
      providers: [{ provide: APP_FILTER, useClass: EnvelopeFilter }],
    };
  }
}

function databaseModule(settings: Settings, contentTypes: readonly ContentType[]): DynamicModule {
  const { databaseUrl: url, dataDir, databasePoolSize: poolSize } = settings;
  const entities = [
    ...contentEntities(contentTypes),
    ...mediaEntities(),
    ...webhookEntities(),
    ...deliveryEntities(),
    ...adminEntities(),
  ];
  return TypeOrmModule.forRootAsync({
    useFactory: () => ({
      ...dataSourceOptions({ url, dataDir, poolSize }, entities),
      // A start that fails says so at once; whoever runs the process decides whether to try again.
      toRetry: () => false,
    }),
    dataSourceFactory: (options) =>
      openDatabase(
        options as DataSourceOptions,
        [buildContentTablesStep(contentTypes)],
        [sealAtStart(secretsKeys(settings))],
      ),
  });
}
