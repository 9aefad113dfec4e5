import { Module, type DynamicModule, type Type, ConfigurableModuleBuilder } from '@nestjs/common';
import {
  ADMIN_CONTROLLERS,
  AdminModule,
  PORTAL_OPENING_CONTROLLERS,
  PORTAL_SESSION_CONTROLLERS,
} from '../../admin/admin.module.js';
import { AdminGuard } from '../../admin/guard/admin.guard.js';
import { AuditController } from '../../admin/rest/audit.controller.js';
import { SessionController } from '../../admin/rest/session.controller.js';
import { SystemController } from '../../admin/rest/system.controller.js';
import {
  DASHBOARD_CONTROLLERS,
  DashboardModule,
  PORTAL_CONTROLLERS,
  PortalModule,
} from '../../dashboard/dashboard.module.js';
import { DatabaseTimeModule } from '../../database/database-time.module.js';
import { DELIVERY_CONTROLLERS, DeliveryModule } from '../../delivery/delivery.module.js';
import { EventsModule } from '../../events/events.module.js';
import type { Settings } from '../../settings/settings.js';
import {
  WEBHOOK_CONTROLLERS,
  WebhookRegistrationsModule,
} from '../../webhooks/webhook-registrations.module.js';
import { HostModule } from '../host.module.js';
import { toPortalBrand, toPortalOptions } from '../portal-options.js';
import { toReplicaAddress } from '../replica-address.js';
import { toAdminOptions, toDeliveryOptions, toWebhooksOptions } from '../module-options.js';
import { PORTAL_PAGE_OPTIONS, PortalPagesAdapter } from '../adapters/portal-pages.adapter.js';
import { PublishedEventsAudit } from '../adapters/published-events-audit.adapter.js';
import { CrossSiteGuard } from './cross-site.guard.js';
import { EntityEventSubscriber } from './entity-event-subscriber.js';
import { EntityEvents } from './entity-events.js';
import { HostCallerGuard } from './host-caller.guard.js';
import { HAS_PORTAL } from './has-portal.js';
import { HOST_SETTINGS, toHostSettings } from './host-settings.js';
import { HAS_CONTROLLERS, HttpPlatform } from './http-platform.js';
import { LoopbackNotice } from './loopback-notice.js';
import { Deliveries } from './services/deliveries.js';
import { Events } from './services/events.js';
import { Recoveries } from './services/recoveries.js';
import { ServiceCalls } from './services/service-calls.js';
import { Webhooks } from './services/webhooks.js';
import { exceptPortalCallers, PortalCallerGuard } from './portal-callers.js';
import { PortalSessions } from './portal-sessions.js';
import { subclassControllers } from './subclass-controllers.js';
import { webhooksEntities } from './webhooks-entities.js';
import { openHostDatabase, prepareHostDatabase } from './prepare-host-database.js';
import { WebhookPublisher } from './webhook-publisher.js';
import {
  DEFAULT_EXTRAS,
  OPTIONS,
  type WebhooksModuleExtras,
  type WebhooksModuleOptions,
} from './webhooks-module-options.js';

/** What a host may inject. */
const SERVICES = [WebhookPublisher, Webhooks, Deliveries, Events, Recoveries];

/** Makes a source of a module's options from the host's settings, which are known when the application starts. */
const fromSettings = <Options>(make: (settings: Settings) => Options) => ({
  inject: [HOST_SETTINGS],
  useFactory: make,
});

/**
 * Builds `WebhooksModule` from Nest's definition and the extras.
 *
 * @throws {Error} when the admin routes would be open to everyone
 */
function buildModule(definition: DynamicModule, extras: WebhooksModuleExtras): DynamicModule {
  const structure = { ...DEFAULT_EXTRAS, ...extras };
  const { dataSource, tablePrefix, migrate, adminTokens, dashboard, portal } = structure;
  const hostControllers = controllerFactory(structure);
  // Nest makes a guard in the module of its controller, which must see what the guard injects.
  const imports = [...(definition.imports ?? []), ...structure.imports];
  const withImports = (module: DynamicModule): DynamicModule => ({
    ...module,
    imports: [...(module.imports ?? []), ...imports],
  });
  // One reference, imported twice: Nest identifies dynamic modules by reference.
  const registrations = withImports(
    WebhookRegistrationsModule.forRoot(
      fromSettings((settings) => toWebhooksOptions(settings, [])),
      hostControllers(WEBHOOK_CONTROLLERS),
    ),
  );
  return {
    ...definition,
    global: true,
    imports: [
      ...imports,
      HostModule.forRoot({
        ...(dataSource === undefined ? {} : { dataSource }),
        prepare: (hostDataSource) => prepareHostDatabase(hostDataSource, { tablePrefix, migrate }),
        open: fromSettings(async (settings) =>
          settings.databaseUrl === null ? null : openHostDatabase(settings, { tablePrefix, migrate }),
        ),
        replica: fromSettings((settings) => toReplicaAddress(settings, webhooksEntities(tablePrefix))),
        http: {
          inject: [OPTIONS],
          useFactory: ({ httpService }: WebhooksModuleOptions) => httpService ?? null,
        },
      }),
      DatabaseTimeModule,
      EventsModule.forRoot(fromSettings(({ events }) => events.custom)),
      // Before the registrations, whose route `admin/webhooks/:id` would match `admin/webhooks/health`.
      withImports(
        DeliveryModule.forRoot(
          fromSettings(toDeliveryOptions),
          registrations,
          hostControllers(DELIVERY_CONTROLLERS),
        ),
      ),
      registrations,
      withImports(
        AdminModule.forHost(
          fromSettings((settings) => toAdminOptions(settings, [])),
          // Without Posthorn's tokens there are no routes that manage them; the audit log is there all the same.
          [
            ...hostControllers([
              ...(adminTokens ? ADMIN_CONTROLLERS : [AuditController, SessionController, SystemController]),
              ...(portal ? PORTAL_SESSION_CONTROLLERS : []),
            ]),
            ...openControllers(structure, PORTAL_OPENING_CONTROLLERS),
          ],
        ),
      ),
      ...(portal
        ? [
            PortalModule.forRoot(
              { pages: PortalPagesAdapter, providers: [portalPageOptions] },
              openControllers(structure, PORTAL_CONTROLLERS),
            ),
          ]
        : []),
      ...(dashboard
        ? [
            withImports(
              DashboardModule.forRoot(adminTokens ? 'token' : 'host', hostControllers(DASHBOARD_CONTROLLERS)),
            ),
          ]
        : []),
    ],
    providers: [
      ...(definition.providers ?? []),
      { provide: HOST_SETTINGS, inject: [OPTIONS], useFactory: toHostSettings },
      { provide: HAS_PORTAL, useValue: portal },
      { provide: HAS_CONTROLLERS, useValue: structure.controllers },
      HttpPlatform,
      EntityEvents,
      EntityEventSubscriber,
      LoopbackNotice,
      PortalSessions,
      PublishedEventsAudit,
      ServiceCalls,
      ...SERVICES,
    ],
    exports: [OPTIONS, HOST_SETTINGS, PortalSessions, ...SERVICES],
  };
}

function controllerFactory(structure: typeof DEFAULT_EXTRAS): (controllers: readonly Type[]) => Type[] {
  const { controllers: wanted, guards, adminTokens, routePrefix, decorators, portal } = structure;
  if (!wanted) return () => [];
  if (guards.length === 0 && !adminTokens) {
    throw new Error(
      'WebhooksModule: the admin routes would be open to everyone. Give it "guards", set "adminTokens" to true, or "controllers" to false.',
    );
  }
  const own = adminTokens ? AdminGuard : HostCallerGuard;
  // Without the portal the host's guards stay as they are, so that its tests can override them.
  const all = portal
    ? [CrossSiteGuard, PortalCallerGuard, ...guards.map(exceptPortalCallers), own]
    : [CrossSiteGuard, ...guards, own];
  return (controllers) => subclassControllers(controllers, { routePrefix, guards: all, decorators });
}

/** What is open to those whom the host's guards do not know: the page of the portal, and the opening of its sessions. */
function openControllers(
  { controllers, portal, routePrefix, decorators }: typeof DEFAULT_EXTRAS,
  wanted: readonly Type[],
): Type[] {
  if (!controllers || !portal) return [];
  return subclassControllers(wanted, { routePrefix, guards: [CrossSiteGuard], decorators });
}

const portalPageOptions = {
  provide: PORTAL_PAGE_OPTIONS,
  inject: [HOST_SETTINGS],
  useFactory: (settings: Settings) => ({
    publicUrl: toPortalOptions(settings).publicUrl,
    brand: toPortalBrand(settings),
  }),
};

/** The options come from the host's factory, the extras decide which modules there are. */
const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<WebhooksModuleOptions>({
  moduleName: 'Posthorn',
  optionsInjectionToken: OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras<WebhooksModuleExtras>(DEFAULT_EXTRAS, buildModule)
  .build();

/**
 * Embeds Posthorn in a host's application: recording, sending, the history and the admin routes.
 *
 * ```ts
 * TypeOrmModule.forRoot({ …, entities: [Order, ...webhooksEntities()] }),
 * WebhooksModule.forRoot({ secretsKey: process.env.SECRETS_KEY, guards: [AdminsOnly], migrate: true }),
 * ```
 */
@Module({})
export class WebhooksModule extends ConfigurableModuleClass {}
