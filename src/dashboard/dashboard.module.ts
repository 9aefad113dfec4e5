import { join } from 'node:path';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { PACKAGE_ROOT } from '../package.js';
import { DASHBOARD_OPTIONS, type DashboardOptions } from './dashboard-options.js';
import { DashboardController } from './dashboard.controller.js';
import { PageFiles } from './page-files.js';

/** The controllers of this module. */
export const DASHBOARD_CONTROLLERS: Type[] = [DashboardController];

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
