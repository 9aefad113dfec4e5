import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { dataSourceOptions } from './database/data-source-options.js';
import { EventsModule } from './events/events.module.js';
import { EnvelopeFilter } from './http/envelope.filter.js';
import { openDatabase } from './open-database.js';
import { OperationsModule } from './operations/operations.module.js';
import type { Settings } from './settings/settings.js';
import { TimeModule } from './time/time.module.js';
import { secretsKeys } from './webhooks/secrets/secrets-keys.js';
import { webhookEntities } from './webhooks/webhook.entity.js';
import { WebhookRegistrationsModule } from './webhooks/webhook-registrations.module.js';

/** The standalone backend: every room, told what it must know from the settings. */
@Module({})
export class AppModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TimeModule,
        EventsModule,
        EventEmitterModule.forRoot(),
        ScheduleModule.forRoot(),
        databaseModule(settings),
        WebhookRegistrationsModule.forRoot({
          contentTypeUids: [],
          defaults: { timeoutMs: settings.webhooks.timeoutMs },
          secretsKeys: secretsKeys(settings),
          httpsOnly: settings.webhooks.httpsOnly,
        }),
        OperationsModule,
      ],
      providers: [{ provide: APP_FILTER, useClass: EnvelopeFilter }],
    };
  }
}

function databaseModule(settings: Settings): DynamicModule {
  const { databaseUrl: url, dataDir, databasePoolSize: poolSize } = settings;
  return TypeOrmModule.forRootAsync({
    useFactory: () => ({
      ...dataSourceOptions({ url, dataDir, poolSize }, [...webhookEntities()]),
      // A start that fails says so at once; whoever runs the process decides whether to try again.
      toRetry: () => false,
    }),
    dataSourceFactory: (options) => openDatabase(options as DataSourceOptions, []),
  });
}
