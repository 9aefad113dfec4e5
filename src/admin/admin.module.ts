import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { provideOptions, type OptionsSource } from '../host/options-source.js';
import { ADMIN_OPTIONS, type AdminOptions } from './admin-options.js';
import { AuditHistory } from './audit/audit-history.js';
import { AuditLog } from './audit/audit-log.js';
import { AuditRetention } from './audit/audit-retention.js';
import { AuditInterceptor } from './audit/audit.interceptor.js';
import { AuditCallReader } from './audit/audit-call-reader.js';
import { AutoDisableAuditListener } from './audit/auto-disable-audit.listener.js';
import { AdminGuard } from './guard/admin.guard.js';
import { TokenAuthenticator } from './guard/token-authenticator.js';
import { PortalAuthenticator } from './portal/portal-authenticator.js';
import { PortalMakers } from './portal/portal-makers.js';
import { PortalRedemption } from './portal/portal-redemption.js';
import { PortalSessionRegistry } from './portal/portal-session-registry.js';
import { PortalSessionRows } from './portal/portal-session-rows.js';
import { AuditController } from './rest/audit.controller.js';
import { PortalOpeningController } from './rest/portal-opening.controller.js';
import { PortalSessionsController } from './rest/portal-sessions.controller.js';
import { SessionController } from './rest/session.controller.js';
import { SystemController } from './rest/system.controller.js';
import { TokensController } from './rest/tokens.controller.js';
import { AuthThrottle } from './throttle/auth-throttle.js';
import { InMemoryThrottleStore } from './throttle/in-memory-throttle-store.js';
import { AdminTokens } from './tokens/admin-tokens.js';
import { FirstToken } from './tokens/first-token.js';
import { TokenCache } from './tokens/token-cache.js';
import { TokenLookup } from './tokens/token-lookup.js';
import { TokenUses } from './tokens/token-uses.js';

/** The admin routes of this module. */
export const ADMIN_CONTROLLERS: Type[] = [
  AuditController,
  SessionController,
  SystemController,
  TokensController,
];

/** The admin routes of portal sessions. */
export const PORTAL_SESSION_CONTROLLERS: Type[] = [PortalSessionsController];

/** The routes that pages of the portal call before anybody knows who they are. */
export const PORTAL_OPENING_CONTROLLERS: Type[] = [PortalOpeningController];

/**
 * Admin access: tokens, the guard that requires them, and the audit log. Needs a data source with `adminEntities()`, an
 * event emitter, a scheduler registry and the global time module.
 */
@Module({})
export class AdminModule {
  /** For the standalone program: the guard and the audit log cover every route. */
  static forRoot(options: AdminOptions): DynamicModule {
    return {
      module: AdminModule,
      controllers: [...ADMIN_CONTROLLERS, ...PORTAL_SESSION_CONTROLLERS, ...PORTAL_OPENING_CONTROLLERS],
      providers: [
        ...createProviders(options),
        { provide: APP_GUARD, useExisting: AdminGuard },
        { provide: APP_INTERCEPTOR, useExisting: AuditInterceptor },
      ],
      exports: [AuditHistory, FirstToken, PortalSessionRows],
    };
  }

  /**
   * For a host application: the guard and the audit log cover only the controllers that name them.
   *
   * @param controllers {@link ADMIN_CONTROLLERS}, or the host's variants of them
   */
  static forHost(options: OptionsSource<AdminOptions>, controllers: Type[]): DynamicModule {
    return {
      module: AdminModule,
      global: true,
      controllers,
      providers: createProviders(options),
      exports: [
        ADMIN_OPTIONS,
        AdminGuard,
        AuditCallReader,
        AuditHistory,
        AuditLog,
        TokenAuthenticator,
        AuthThrottle,
        FirstToken,
        PortalSessionRegistry,
        PortalSessionRows,
      ],
    };
  }
}

function createProviders(options: OptionsSource<AdminOptions>): Provider[] {
  return [
    provideOptions(ADMIN_OPTIONS, options),
    InMemoryThrottleStore,
    AdminGuard,
    AdminTokens,
    AuditHistory,
    AuditInterceptor,
    AuditLog,
    AuditRetention,
    AuditCallReader,
    AutoDisableAuditListener,
    TokenAuthenticator,
    AuthThrottle,
    FirstToken,
    PortalAuthenticator,
    PortalMakers,
    PortalRedemption,
    PortalSessionRegistry,
    PortalSessionRows,
    TokenCache,
    TokenLookup,
    TokenUses,
  ];
}
