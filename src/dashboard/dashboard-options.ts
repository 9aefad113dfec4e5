/** What the page is told, and where it is. */
export interface DashboardOptions {
  /** `token`: whoever uses the page signs in with an admin token. `host`: the host's own guards know who it is. */
  auth: 'token' | 'host';
  /** Where the built page is. */
  folder: string;
}

/** Injection token of {@link DashboardOptions}. */
export const DASHBOARD_OPTIONS = Symbol('DASHBOARD_OPTIONS');
