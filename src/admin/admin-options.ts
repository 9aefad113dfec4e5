import type { Scope } from '../auth/scopes.js';

/** The options of the admin module. */
export interface AdminOptions {
  /** The token of the environment (`ADMIN_TOKEN`), which has every scope; null: none. */
  adminToken: string | null;
  /** Scopes that need no token, for development: `content:read`. */
  openScopes: readonly Scope[];
  /** The throttle for callers with wrong credentials. */
  throttle: ThrottleOptions;
  /** `development`, `production` or another; `GET /admin/session` shows it. */
  environment: string;
  portal: PortalOptions;
  /** Retention of the audit log, days; 0: for ever. */
  auditDays: number;
}

/** When the failed authentications of one client address are answered 429 instead of 401. */
export interface ThrottleOptions {
  /** Failures in a window that are answered 401; 0: no throttle, all of them are. */
  failures: number;
  /** The length of the window, milliseconds. */
  windowMs: number;
  /** How long the address is answered 429 after one failure more, milliseconds. */
  blockMs: number;
}

/** The options of the portal. */
export interface PortalOptions {
  /** Where the world reaches the routes, without a slash at its end: `https://hooks.example.com`; null: not set. */
  publicUrl: string | null;
  /** Whether a browser keeps a session's cookie there: https, or this machine. */
  isPublicUrlSafe: boolean;
  /** The scopes of a session that is made without any. */
  defaultScopes: readonly Scope[];
  /** The fields of a webhook that a session may set. */
  maySet: readonly string[];
}

/** The injection token of {@link AdminOptions}. */
export const ADMIN_OPTIONS = Symbol.for('posthorn.admin-options');
