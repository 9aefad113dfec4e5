import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { AdminModule } from './admin/admin.module.js';
import { adminEntities } from './admin/tokens/admin-token.entity.js';
import { ContentMediaModule } from './content-media.module.js';
import type { ContentType } from './content/content-type.js';
import { contentEntities } from './content/tables/content-entities.js';
import { contentTables } from './content/tables/content-tables.js';
import { dataSourceOptions } from './database/data-source-options.js';
import { DatabaseTimeModule } from './database/database-time.module.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { deliveryEntities } from './delivery/storage/delivery-entities.js';
import { describedEventTypes } from './event-types.js';
import { HostModule } from './embedding/host.module.js';
import { adminOptions, deliveryOptions, webhooksOptions } from './embedding/room-options.js';
import { EventsModule } from './events/events.module.js';
import { EnvelopeFilter } from './http/envelope.filter.js';
import type { Scope } from './http/requires-scope.js';
import { mediaEntities } from './media/file.entity.js';
import { openDatabase } from './open-database.js';
import { OperationsModule } from './operations/operations.module.js';
import type { Settings } from './settings/settings.js';
import { sealAtStart } from './webhooks/secrets/seal-at-start.js';
import { secretsKeys } from './webhooks/secrets/secrets-keys.js';
import { WebhookRegistrationsModule } from './webhooks/webhook-registrations.module.js';
import { webhookEntities } from './webhooks/webhook.entity.js';

/** What needs no token where content is open. */
const CONTENT_SCOPES: readonly Scope[] = ['content:read', 'content:write', 'media:read', 'media:write'];

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
    return {
      module: AppModule,
      imports: [
        databaseModule(settings, contentTypes),
        DatabaseTimeModule,
        EventsModule.forRoot(settings.events.custom, describedEventTypes(contentTypes)),
        EventEmitterModule.forRoot(),
        ScheduleModule.forRoot(),
        HostModule.forRoot(),
        registrations,
        DeliveryModule.forRoot(deliveryOptions(settings), registrations),
        AdminModule.forRoot(adminOptions(settings, settings.content.requireToken ? [] : CONTENT_SCOPES)),
        OperationsModule,
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
        [contentTables(contentTypes)],
        [sealAtStart(secretsKeys(settings))],
      ),
  });
}
