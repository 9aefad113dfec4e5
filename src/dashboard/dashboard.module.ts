import { join } from 'node:path';
import { type DynamicModule, Module, type ModuleMetadata, type Provider, type Type } from '@nestjs/common';
import { PACKAGE_ROOT } from '../package.js';
import { DASHBOARD_OPTIONS, type DashboardOptions } from './dashboard-options.js';
import { DashboardController } from './dashboard.controller.js';
import { PageFiles } from './page-files.js';
import { PORTAL_PAGES, type PortalPages } from './portal-pages.js';
import { PortalController } from './portal.controller.js';

/** The controllers of this module. */
export const DASHBOARD_CONTROLLERS: Type[] = [DashboardController];

/** The controllers of the page for a host's customers. */
export const PORTAL_CONTROLLERS: Type[] = [PortalController];

/** The output folder of `npm run build`. */
const BUILT_PAGE = join(PACKAGE_ROOT, 'dist', 'dashboard', 'page');

/** The dashboard: a static page that gets all its data from the admin routes beside it. */
@Module({})
export class DashboardModule {
  /**
   * @param auth see {@link DashboardOptions}
   * @param controllers {@link DASHBOARD_CONTROLLERS}, or their replacements
   */
  static forRoot(auth: DashboardOptions['auth'], controllers: Type[] = DASHBOARD_CONTROLLERS): DynamicModule {
    const options: DashboardOptions = { auth, folder: BUILT_PAGE };
    return {
      module: DashboardModule,
      controllers,
      providers: [{ provide: DASHBOARD_OPTIONS, useValue: options }, PageFiles],
    };
  }
}

/** What the page of the portal is made with. */
export interface PortalModuleParts {
  /** The class of the {@link PortalPages}. */
  pages: Type<PortalPages>;
  /** What that class needs. */
  providers: Provider[];
  /** Modules that it needs. */
  imports?: NonNullable<ModuleMetadata['imports']>;
}

/** The same page, for the customers of a host: each session has its path. */
@Module({})
export class PortalModule {
  /** @param controllers {@link PORTAL_CONTROLLERS}, or their replacements */
  static forRoot(
    { pages, providers, imports = [] }: PortalModuleParts,
    controllers: Type[] = PORTAL_CONTROLLERS,
  ): DynamicModule {
    const options: DashboardOptions = { auth: 'token', folder: BUILT_PAGE };
    return {
      module: PortalModule,
      imports,
      controllers,
      providers: [
        { provide: DASHBOARD_OPTIONS, useValue: options },
        PageFiles,
        { provide: PORTAL_PAGES, useClass: pages },
        ...providers,
      ],
    };
  }
}
