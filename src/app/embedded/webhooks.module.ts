import { Module, type DynamicModule, type Type, ConfigurableModuleBuilder } from '@nestjs/common';
import { ADMIN_CONTROLLERS, AdminModule } from '../../admin/admin.module.js';
import { AuditController } from '../../admin/rest/audit.controller.js';
import { SessionController } from '../../admin/rest/session.controller.js';
import { AdminGuard } from '../../admin/guard/admin.guard.js';
import { DASHBOARD_CONTROLLERS, DashboardModule } from '../../dashboard/dashboard.module.js';
import { DatabaseTimeModule } from '../../database/database-time.module.js';
import { DELIVERY_CONTROLLERS, DeliveryModule } from '../../delivery/delivery.module.js';
import { EventsModule } from '../../events/events.module.js';
import { adminOptions, deliveryOptions, webhooksOptions } from '../module-options.js';
import type { Settings } from '../../settings/settings.js';
import {
  WEBHOOK_CONTROLLERS,
  WebhookRegistrationsModule,
} from '../../webhooks/webhook-registrations.module.js';
import { EntityEventSubscriber } from './entity-event-subscriber.js';
import { HostCallerGuard } from './host-caller.guard.js';
import { HOST_SETTINGS, hostSettings } from './host-settings.js';
import { prepareHostDatabase } from './prepare-host-database.js';
import { HostModule } from '../host.module.js';
import { hostedControllers } from './hosted-controllers.js';
import { WebhookPublisher } from './webhook-publisher.js';
import {
  DEFAULT_EXTRAS,
  OPTIONS,
  type WebhooksModuleExtras,
  type WebhooksModuleOptions,
} from './webhooks-module-options.js';

/** A room's options, made of the host's settings when the application starts. */
const from = <Options>(make: (settings: Settings) => Options) => ({
  inject: [HOST_SETTINGS],
  useFactory: make,
});

/**
 * What `WebhooksModule` is made of.
 *
 * @throws when the admin routes would be open to everyone
 */
function buildModule(definition: DynamicModule, extras: WebhooksModuleExtras): DynamicModule {
  const structure = { ...DEFAULT_EXTRAS, ...extras };
  const { dataSource, tablePrefix, migrate, adminTokens, dashboard } = structure;
  const asHosted = controllersOf(structure);
  // One reference, imported twice: Nest tells dynamic modules apart by it.
  const registrations = WebhookRegistrationsModule.forRoot(
    from((settings) => webhooksOptions(settings, [])),
    asHosted(WEBHOOK_CONTROLLERS),
  );
  return {
    ...definition,
    global: true,
    imports: [
      ...(definition.imports ?? []),
      HostModule.forRoot({
        ...(dataSource === undefined ? {} : { dataSource }),
        prepare: (hosts) => prepareHostDatabase(hosts, { tablePrefix, migrate }),
      }),
      DatabaseTimeModule,
      EventsModule.forRoot(from(({ events }) => events.custom)),
      // Before the registrations, whose `admin/webhooks/:id` would take `admin/webhooks/health` for an id.
      DeliveryModule.forRoot(from(deliveryOptions), registrations, asHosted(DELIVERY_CONTROLLERS)),
      registrations,
      AdminModule.forHost(
        from((settings) => adminOptions(settings, [])),
        // Who has tokens of its own elsewhere gives none out here; who changed what is told all the same.
        asHosted(adminTokens ? ADMIN_CONTROLLERS : [AuditController, SessionController]),
      ),
      ...(dashboard
        ? [DashboardModule.forRoot(adminTokens ? 'token' : 'host', asHosted(DASHBOARD_CONTROLLERS))]
        : []),
    ],
    providers: [
      ...(definition.providers ?? []),
      { provide: HOST_SETTINGS, inject: [OPTIONS], useFactory: hostSettings },
      EntityEventSubscriber,
      WebhookPublisher,
    ],
    exports: [OPTIONS, HOST_SETTINGS, WebhookPublisher],
  };
}

function controllersOf(structure: typeof DEFAULT_EXTRAS): (controllers: readonly Type[]) => Type[] {
  const { controllers: wanted, guards, adminTokens, routePrefix, decorators } = structure;
  if (!wanted) return () => [];
  if (guards.length === 0 && !adminTokens) {
    throw new Error(
      'WebhooksModule: the admin routes would be open to everyone. Give it "guards", set "adminTokens" to true, or "controllers" to false.',
    );
  }
  const all = [...guards, adminTokens ? AdminGuard : HostCallerGuard];
  return (controllers) => hostedControllers(controllers, { routePrefix, guards: all, decorators });
}

/** What `WebhooksModule` is built on: values come from the host's factory, structure from the extras. */
const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<WebhooksModuleOptions>({
  moduleName: 'Posthorn',
  optionsInjectionToken: OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<WebhooksModuleExtras>(DEFAULT_EXTRAS, buildModule)
  .build();

/**
 * Posthorn inside a host's application: recording, sending, the history and the admin routes.
 *
 * ```ts
 * TypeOrmModule.forRoot({ …, entities: [Order, ...webhooksEntities()] }),
 * WebhooksModule.forRoot({ secretsKey: process.env.SECRETS_KEY, guards: [AdminsOnly], migrate: true }),
 * ```
 */
@Module({})
export class WebhooksModule extends ConfigurableModuleClass {}
