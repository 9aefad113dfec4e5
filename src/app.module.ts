import { join } from 'node:path';
import { HttpModule, HttpService } from '@nestjs/axios';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions, EntitySchema } from 'typeorm';
import { AdminModule } from './admin/admin.module.js';
import { adminEntities } from './admin/entities.js';
import { ContentAdmissionModule } from './app/adapters/content-admission.module.js';
import { ContentMediaModule } from './app/adapters/content-media.module.js';
import { DeliveryFiguresModule } from './app/adapters/delivery-metrics.adapter.js';
import { PORTAL_PAGE_OPTIONS, PortalPagesAdapter } from './app/adapters/portal-pages.adapter.js';
import { PublishedEventsAudit } from './app/adapters/published-events-audit.adapter.js';
import { buildEventTypes } from './app/event-types.js';
import { HostModule } from './app/host.module.js';
import { toAdminOptions, toDeliveryOptions, toWebhooksOptions } from './app/module-options.js';
import { toReplicaAddress } from './app/replica-address.js';
import { toPortalBrand, toPortalOptions } from './app/portal-options.js';
import type { Scope } from './auth/scopes.js';
import type { ContentType } from './content/content-type.js';
import { contentEntities } from './content/tables/content-entities.js';
import { buildContentTablesStep } from './content/tables/content-tables.js';
import { DashboardModule, PortalModule } from './dashboard/dashboard.module.js';
import { dataSourceOptions } from './database/data-source-options.js';
import { DatabaseTimeModule } from './database/database-time.module.js';
import { openDatabase } from './database/open-database.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { deliveryEntities } from './delivery/entities.js';
import { EventsModule } from './events/events.module.js';
import { EnvelopeFilter } from './http/envelope.filter.js';
import { mediaEntities } from './media/file.entity.js';
import { OperationsModule } from './operations/operations.module.js';
import type { Settings } from './settings/settings.js';
import { webhookEntities } from './webhooks/entities.js';
import { reencryptAtStart } from './webhooks/secrets/reencrypt.js';
import { loadSecretsKeys } from './webhooks/secrets/secrets-keys.js';
import { WebhookRegistrationsModule } from './webhooks/webhook-registrations.module.js';

/** The scopes that need no token where content is open. */
const CONTENT_SCOPES: readonly Scope[] = ['content:read', 'content:write', 'media:read', 'media:write'];

/** Lists the scopes that need no token by the settings. */
function listOpenScopes({ content, metrics }: Settings): Scope[] {
  return [
    ...(content.requireToken ? [] : CONTENT_SCOPES),
    ...(metrics.requireToken ? [] : ['metrics:read' as const]),
  ];
}

/** The module of the standalone program: composes all modules, with their options from the settings. */
@Module({})
export class AppModule {
  static forRoot(settings: Settings, contentTypes: readonly ContentType[]): DynamicModule {
    // One reference, imported twice: Nest identifies dynamic modules by reference.
    const registrations = WebhookRegistrationsModule.forRoot(
      toWebhooksOptions(
        settings,
        contentTypes.map(({ uid }) => uid),
      ),
    );
    const delivery = DeliveryModule.forRoot(toDeliveryOptions(settings), registrations);
    const admin = AdminModule.forRoot(toAdminOptions(settings, listOpenScopes(settings)));
    const portalPage = { publicUrl: toPortalOptions(settings).publicUrl, brand: toPortalBrand(settings) };
    return {
      module: AppModule,
      imports: [
        databaseModule(settings, contentTypes),
        DatabaseTimeModule,
        EventsModule.forRoot(settings.events.custom, buildEventTypes(contentTypes)),
        EventEmitterModule.forRoot(),
        ScheduleModule.forRoot(),
        HostModule.forRoot({
          replica: { inject: [], useFactory: () => toReplicaAddress(settings, listEntities(contentTypes)) },
          http: { imports: [HttpModule], inject: [HttpService], useFactory: (http: HttpService) => http },
        }),
        // Before the registrations, whose route `admin/webhooks/:id` would match `admin/webhooks/health`.
        delivery,
        registrations,
        admin,
        ContentAdmissionModule.forRoot(delivery),
        DashboardModule.forRoot('token'),
        PortalModule.forRoot({
          pages: PortalPagesAdapter,
          providers: [{ provide: PORTAL_PAGE_OPTIONS, useValue: portalPage }],
          imports: [admin],
        }),
        OperationsModule.forRoot(DeliveryFiguresModule.forRoot([delivery, registrations])),
        ContentMediaModule.forRoot(
          { contentTypes, format: settings.content.format },
          {
            uploadsDir: join(settings.dataDir, 'uploads'),
            maxFileBytes: settings.media.maxFileBytes,
            maxFiles: settings.media.maxFiles,
            maxPixels: settings.media.maxPixels,
            allowedTypes: settings.media.allowedTypes,
          },
        ),
      ],
      providers: [PublishedEventsAudit, { provide: APP_FILTER, useClass: EnvelopeFilter }],
    };
  }
}

function listEntities(contentTypes: readonly ContentType[]): EntitySchema[] {
  return [
    ...contentEntities(contentTypes),
    ...mediaEntities(),
    ...webhookEntities(),
    ...deliveryEntities(),
    ...adminEntities(),
  ];
}

function databaseModule(settings: Settings, contentTypes: readonly ContentType[]): DynamicModule {
  const { databaseUrl: url, dataDir, databasePoolSize: poolSize, databaseSsl: ssl } = settings;
  const entities = listEntities(contentTypes);
  return TypeOrmModule.forRootAsync({
    useFactory: () => ({
      ...dataSourceOptions({ url, dataDir, poolSize, ssl }, entities),
      // A failed start ends at once: the process manager decides whether to start again.
      toRetry: () => false,
    }),
    dataSourceFactory: (options) =>
      openDatabase(
        options as DataSourceOptions,
        [buildContentTablesStep(contentTypes)],
        [reencryptAtStart(loadSecretsKeys(settings))],
        {
          statementTimeoutMs: settings.databaseStatementTimeoutMs,
          patienceMs: settings.databasePatienceMs,
        },
      ),
  });
}
