import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ADMIN_OPTIONS, type AdminOptions } from './admin-options.js';
import { AdminGuard } from './guard/admin.guard.js';
import { Callers } from './guard/callers.js';
import { TokensController } from './rest/tokens.controller.js';
import { AdminTokens } from './tokens/admin-tokens.js';
import { FirstToken } from './tokens/first-token.js';
import { TokenUses } from './tokens/token-uses.js';

/**
 * Who may call this server: tokens, and a guard before every route of the application. Needs the data source with
 * `adminEntities()`, `ScheduleModule.forRoot()` and the global time module.
 */
@Module({})
export class AdminModule {
  static forRoot(options: AdminOptions): DynamicModule {
    return {
      module: AdminModule,
      controllers: [TokensController],
      providers: [
        { provide: ADMIN_OPTIONS, useValue: options },
        { provide: APP_GUARD, useClass: AdminGuard },
        AdminTokens,
        Callers,
        FirstToken,
        TokenUses,
      ],
      exports: [FirstToken],
    };
  }
}
