import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ADMIN_OPTIONS, type AdminOptions } from './admin-options.js';
import { AdminGuard } from './guard/admin.guard.js';
import { Callers } from './guard/callers.js';
import { TokensController } from './rest/tokens.controller.js';
import { AdminTokens } from './tokens/admin-tokens.js';
import { FirstToken } from './tokens/first-token.js';
import { optionsProvider, type OptionsSource } from '../http/options-source.js';
import { TokenUses } from './tokens/token-uses.js';

/** The room's admin routes. */
export const ADMIN_CONTROLLERS: Type[] = [TokensController];

/**
 * Who may call this server: tokens, and a guard that asks for them. Needs the data source with `adminEntities()`, a
 * schedule and the global time module.
 */
@Module({})
export class AdminModule {
  /** For an application that is all ours: the guard stands before every route. */
  static forRoot(options: AdminOptions): DynamicModule {
    return {
      module: AdminModule,
      controllers: ADMIN_CONTROLLERS,
      providers: [...providersOf(options), { provide: APP_GUARD, useExisting: AdminGuard }],
      exports: [FirstToken],
    };
  }

  /**
   * For a host: the guard stands before those controllers alone that name it.
   *
   * @param controllers {@link ADMIN_CONTROLLERS} as the host wants them
   */
  static forHost(options: OptionsSource<AdminOptions>, controllers: Type[]): DynamicModule {
    return {
      module: AdminModule,
      global: true,
      controllers,
      providers: providersOf(options),
      exports: [ADMIN_OPTIONS, AdminGuard, Callers, FirstToken],
    };
  }
}

function providersOf(options: OptionsSource<AdminOptions>): Provider[] {
  return [optionsProvider(ADMIN_OPTIONS, options), AdminGuard, AdminTokens, Callers, FirstToken, TokenUses];
}
