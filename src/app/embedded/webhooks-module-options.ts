import type { CanActivate, Type } from '@nestjs/common';
import type { Request } from 'express';
import type { EntityManager } from 'typeorm';
import { DEFAULT_PREFIX } from '../../database/prefixed-runner.js';
import type { CustomEventType } from '../../events/event-catalogue.js';
import type { Caller } from '../../auth/caller.js';
import type { DeliverySettings, RetentionSettings } from '../../settings/delivery-settings.js';
import type { WebhookSettings } from '../../settings/webhook-settings.js';

/** The injection token of {@link WebhooksModuleOptions}. */
export const OPTIONS = 'posthorn.options';

/** Some of the keys of a settings' section; what is left out has its default. */
export type Some<Section> = {
  [Key in keyof Section]?: Section[Key] extends unknown[] ? Section[Key] : Partial<Section[Key]>;
};

/** What the module is told when the application starts: it may come out of an asynchronous factory. */
export interface WebhooksModuleOptions {
  /** Base64 of 32 bytes that seals signing secrets; several with commas: the newest, first, seals, all open. */
  secretsKey: string;
  /**
   * Whether this process sends. Off: it records, answers the admin routes and leaves sending to another process on the
   * same database. Default: on.
   */
  worker?: boolean;
  /** Event types of the host that webhooks can name, beside those that it registers with the `EventCatalogue`. */
  eventTypes?: readonly CustomEventType[];
  /** A token that is valid whenever it is set, with every scope. Only with `adminTokens`. Default: none. */
  adminToken?: string | null;
  /**
   * Who makes a request that the host's guards have let through: whom the audit names, and whose things are seen. Which
   * routes are open is the guards' to say; of the scopes `secrets:read` alone counts, for header values that are not
   * masked. Default: everyone's things, every scope. Without effect with `adminTokens`.
   */
  caller?: (request: Request) => Partial<Caller>;
  /**
   * The manager of the transaction that is open now, for `publish(event)` without one. With nestjs-cls:
   * `inject: [TransactionHost], useFactory: (host) => ({ …, manager: () => host.tx })`. Default: none.
   */
  manager?: () => EntityManager;
  /** Keys of `webhooks` in the configuration: networks, timeouts, the retry schedule. */
  webhooks?: Some<WebhookSettings>;
  /** Keys of `delivery` in the configuration, but for `worker`. */
  delivery?: Some<Omit<DeliverySettings, 'worker'>>;
  /** Keys of `retention` in the configuration. */
  retention?: Some<RetentionSettings>;
}

/** What shapes the module, and must be known when it is defined. */
export interface WebhooksModuleExtras {
  /** The name of the host's data source that has `webhooksEntities()`. Default: the unnamed one. */
  dataSource?: string;
  /** What our tables' names begin with; the same that `webhooksEntities(prefix)` was given. Default: `posthorn_`. */
  tablePrefix?: string;
  /** Whether pending migrations are run at the start, under a lock. Default: off. */
  migrate?: boolean;
  /** Whether the admin routes are there. Default: on. */
  controllers?: boolean;
  /** What stands before the paths of the admin routes: `internal` gives `/internal/admin/webhooks`. Default: nothing. */
  routePrefix?: string;
  /** The host's guards before the admin routes. Without them `adminTokens` must be on, or `controllers` off. */
  guards?: (Type<CanActivate> | CanActivate)[];
  /** Put on each of our controllers. */
  decorators?: ClassDecorator[];
  /** Whether the admin routes take Posthorn's own tokens, and have routes to give them out. Default: off. */
  adminTokens?: boolean;
  /** Whether the page is served, at `dashboard` under the same prefix and behind the same guards. Default: off. */
  dashboard?: boolean;
}

/** {@link WebhooksModuleExtras} with everything decided. */
export const DEFAULT_EXTRAS: Required<Omit<WebhooksModuleExtras, 'dataSource'>> & { dataSource?: string } = {
  tablePrefix: DEFAULT_PREFIX,
  migrate: false,
  controllers: true,
  routePrefix: '',
  guards: [],
  decorators: [],
  adminTokens: false,
  dashboard: false,
};
