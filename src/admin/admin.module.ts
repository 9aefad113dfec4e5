import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { ADMIN_OPTIONS, type AdminOptions } from './admin-options.js';
import { AuditHistory } from './audit/audit-history.js';
import { AuditLog } from './audit/audit-log.js';
import { AuditRetention } from './audit/audit-retention.js';
import { AuditInterceptor } from './audit/audit.interceptor.js';
import { AuditedCalls } from './audit/audited-calls.js';
import { AutomaticChangesListener } from './audit/automatic-changes.listener.js';
import { AdminGuard } from './guard/admin.guard.js';
import { Callers } from './guard/callers.js';
import { AuditController } from './rest/audit.controller.js';
import { TokensController } from './rest/tokens.controller.js';
import { FAILURE_STORAGE, FailedAuthentications } from './throttle/failed-authentications.js';
import { FailureCounts } from './throttle/failure-counts.js';
import { AdminTokens } from './tokens/admin-tokens.js';
import { FirstToken } from './tokens/first-token.js';
import { TokenLookup } from './tokens/token-lookup.js';
import { TokenUses } from './tokens/token-uses.js';

/**
 * Who may call this server: tokens, a guard before every route of the application, and the audit log. Needs the data source with
 * `adminEntities()`, `EventEmitterModule.forRoot()`, `ScheduleModule.forRoot()` and the global time module.
 */
@Module({})
export class AdminModule {
  static forRoot(options: AdminOptions): DynamicModule {
    return {
      module: AdminModule,
      controllers: [AuditController, TokensController],
      providers: [
        { provide: ADMIN_OPTIONS, useValue: options },
        { provide: APP_GUARD, useClass: AdminGuard },
        { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
        { provide: FAILURE_STORAGE, useClass: FailureCounts },
        AdminTokens,
        AuditHistory,
        AuditLog,
        AuditRetention,
        AuditedCalls,
        AutomaticChangesListener,
        Callers,
        FailedAuthentications,
        FirstToken,
        TokenLookup,
        TokenUses,
      ],
      exports: [FirstToken],
    };
  }
}
