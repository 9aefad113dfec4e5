import type { Scope } from '../http/requires-scope.js';

/** What the room of admin access must be told. */
export interface AdminOptions {
  /** A token that is valid whenever it is set, with every scope; null: none. */
  adminToken: string | null;
  /** Scopes that need no token: `content:read` for one, on a developer's machine. */
  openScopes: readonly Scope[];
}

/** The token of {@link AdminOptions}. */
export const ADMIN_OPTIONS = Symbol('ADMIN_OPTIONS');
