import type { Scope } from '../auth/scopes.js';

/** What the room of admin access must be told. */
export interface AdminOptions {
  /** A token that is valid whenever it is set, with every scope; null: none. */
  adminToken: string | null;
  /** Scopes that need no token: `content:read` for one, on a developer's machine. */
  openScopes: readonly Scope[];
  /** How callers with wrong credentials are slowed. */
  throttle: ThrottleOptions;
  /** `development`, `production` or another, for those who ask. */
  environment: string;
  /** How long the audit log is kept, days; 0: for ever. */
  auditDays: number;
}

/** When failed authentications of one client address are answered 429. */
export interface ThrottleOptions {
  /** So many in a window are answered 401; 0: all of them. */
  failures: number;
  /** Length of the window, milliseconds. */
  windowMs: number;
  /** How long the address is then answered 429, milliseconds. */
  blockMs: number;
}

/** The token of {@link AdminOptions}. */
export const ADMIN_OPTIONS = Symbol('ADMIN_OPTIONS');
