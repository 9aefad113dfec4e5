import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import type { Request } from 'express';
import type { EntityManager } from 'typeorm';
import type { ClientTransaction } from '../../database/clients/client-transaction.js';
import { DEFAULT_PREFIX } from '../../database/prefixed-runner.js';
import type { CustomEventType } from '../../events/event-catalogue.js';
import type { ArchiveSettings } from '../../settings/archive-settings.js';
import type { DeliverySettings, LimitSettings, RetentionSettings } from '../../settings/delivery-settings.js';
import type { HttpSettings } from '../../settings/http-settings.js';
import type { PortalSettings } from '../../settings/portal-settings.js';
import type { QuotaSettings } from '../../settings/quota-settings.js';
import type { WebhookSettings } from '../../settings/webhook-settings.js';
import type { HttpClient } from '../../host/tokens.js';
import type { HostCaller } from './host-caller.js';

/** The injection token of {@link WebhooksModuleOptions}. */
export const OPTIONS = 'posthorn.options';

/** Some keys of a section of the settings; the others keep their defaults. */
export type Some<Section> = {
  [Key in keyof Section]?: Section[Key] extends unknown[] ? Section[Key] : Partial<Section[Key]>;
};

/** Options that may come from an asynchronous factory when the application starts. */
export interface WebhooksModuleOptions {
  /** The key that encrypts signing secrets, base64 of 32 bytes. Several with commas: the first encrypts, all decrypt. */
  secretsKey: string;
  /**
   * Whether this process sends deliveries. Off: it records events, answers the admin routes and leaves sending to another
   * process with the same database. Default: on.
   */
  worker?: boolean;
  /** Event types of the host to which webhooks can subscribe, beside those that it registers in the `EventCatalogue`. */
  eventTypes?: readonly CustomEventType[];
  /** A token with every scope, valid as long as it is set. Only with `adminTokens`. Default: none. */
  adminToken?: string | null;
  /**
   * Gives the caller of a request that has passed the host's guards: its name is written to the audit log, its tenant
   * decides what it sees. The guards alone decide which routes are open; of the scopes only `secrets:read` counts, which
   * shows header values unmasked. A request whose caller has no tenant (null: all) or no scopes is refused. Default: all
   * tenants, every scope. No effect with `adminTokens`.
   */
  caller?: (request: Request) => HostCaller | Promise<HostCaller>;
  /**
   * Returns the open transaction, for `publish(event)` without one. With nestjs-cls:
   * `inject: [TransactionHost], useFactory: (host) => ({ …, manager: () => host.tx })`, with Prisma
   * `manager: () => fromPrisma(host.tx)`. Default: none.
   */
  manager?: () => EntityManager | ClientTransaction;
  /**
   * The database with Posthorn's tables, for a host without TypeORM or whose data source has no `webhooksEntities()`:
   * `mysql://user:pass@host:3306/name?ssl-mode=…`, `mariadb://…` or `sqlite:PATH`. Posthorn opens connections of its own and
   * closes them. Default: the host's data source is used.
   */
  databaseUrl?: string;
  /** The most connections to the MySQL of `databaseUrl`, and of `databaseReadUrl`. Default: 20. */
  databasePoolSize?: number;
  /**
   * A read replica of the database with Posthorn's tables, `mysql://…`: the admin routes read history, lists and charts from
   * it. The services read what is committed now. Default: none.
   */
  databaseReadUrl?: string;
  /** Past how many milliseconds behind nothing is read from it. Default: 10,000. */
  databaseReadMaxLagMs?: number;
  /**
   * Of `http` in the configuration: other origins whose pages may call the routes that change something, and the greatest
   * size of an event that is published, bytes of its JSON.
   */
  http?: Some<Pick<HttpSettings, 'corsOrigins' | 'maxBodyBytes'>>;
  /**
   * An `HttpService` of `@nestjs/axios` whose interceptors, or whose adapter, apply to deliveries:
   * `imports: [HttpModule], inject: [HttpService], useFactory: (httpService) => ({ …, httpService })`. Default: none, and
   * axios is not needed.
   */
  httpService?: HttpClient;
  /**
   * Where the world reaches Posthorn's routes, with every prefix before them: of `https://shop.example.com/internal` the
   * portal is at `https://shop.example.com/internal/portal`. Needed for the portal alone. Default: none.
   */
  publicUrl?: string | null;
  /** Keys of `portal` in the configuration; the switch is the extra of that name. */
  portalPage?: Some<PortalSettings>;
  /** Keys of `webhooks` in the configuration: networks, timeouts, the retry schedule. */
  webhooks?: Some<WebhookSettings>;
  /** Keys of `delivery` in the configuration, except `worker`. */
  delivery?: Some<Omit<DeliverySettings, 'worker'>>;
  /** Keys of `quotas` in the configuration. */
  quotas?: Some<QuotaSettings>;
  /** Keys of `retention` in the configuration. */
  retention?: Some<RetentionSettings>;
  /** Keys of `archive` in the configuration: where history goes before it is removed. */
  archive?: Some<ArchiveSettings>;
  /** Keys of `limits` in the configuration: past which `publish` throws {@link EventRefusedError}. */
  limits?: Some<LimitSettings>;
}

/** Options that decide what the module consists of, so that they must be known when it is defined. */
export interface WebhooksModuleExtras {
  /** The name of the host's data source that has `webhooksEntities()`. Default: the unnamed one. */
  dataSource?: string;
  /** The prefix of Posthorn's tables, the same as of `webhooksEntities(prefix)`. Default: `posthorn_`. */
  tablePrefix?: string;
  /** Whether to run pending migrations at the start, under a lock. Default: off. */
  migrate?: boolean;
  /** Whether to serve the admin routes. Default: on. */
  controllers?: boolean;
  /** Put before the paths of the admin routes: `internal` gives `/internal/admin/webhooks`. Default: empty. */
  routePrefix?: string;
  /** The host's guards of the admin routes. Without them `adminTokens` must be on, or `controllers` off. */
  guards?: (Type<CanActivate> | CanActivate)[];
  /**
   * Modules that export what `guards` inject. With `forRootAsync` the same as of its factory: each of Posthorn's modules
   * imports them. Default: none.
   */
  imports?: NonNullable<ModuleMetadata['imports']>;
  /** Applied to each of Posthorn's controllers. */
  decorators?: ClassDecorator[];
  /** Whether the admin routes require Posthorn's own tokens, and include routes that manage them. Default: off. */
  adminTokens?: boolean;
  /** Whether to serve the dashboard, at `dashboard` under the same prefix and behind the same guards. Default: off. */
  dashboard?: boolean;
  /**
   * Whether to serve the portal for the host's customers, at `portal` under the same prefix, and the routes of its
   * sessions. The page is not behind the host's guards, and neither are the requests of its sessions: their scopes and
   * their tenant bound them. Default: off.
   */
  portal?: boolean;
}

/** The defaults of {@link WebhooksModuleExtras}. */
export const DEFAULT_EXTRAS: Required<Omit<WebhooksModuleExtras, 'dataSource'>> & { dataSource?: string } = {
  tablePrefix: DEFAULT_PREFIX,
  migrate: false,
  controllers: true,
  routePrefix: '',
  guards: [],
  imports: [],
  decorators: [],
  adminTokens: false,
  dashboard: false,
  portal: false,
};
