/** The options of the dashboard module. */
export interface DashboardOptions {
  /** `token`: users sign in with an admin token. `host`: the host's own guards authenticate them. */
  auth: 'token' | 'host';
  /** The folder of the built page. */
  folder: string;
}

/** The injection token of {@link DashboardOptions}. */
export const DASHBOARD_OPTIONS = Symbol.for('posthorn.dashboard-options');
