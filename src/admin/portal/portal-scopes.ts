import type { Scope } from '../../auth/scopes.js';

/** What no portal session may have: everything, tokens, and what is done for all of a tenant's events. */
const NOT_FOR_PORTALS = /^(\*|tokens:.*|events:write|erase:write)$/;

/** Lists the scopes of a list that no portal session may have. */
export function listForbiddenScopes(scopes: readonly string[]): string[] {
  return scopes.filter((scope) => NOT_FOR_PORTALS.test(scope));
}

/** Lists the scopes of a list that a portal session may have. */
export function listPortalScopes(scopes: readonly Scope[]): Scope[] {
  return scopes.filter((scope) => !NOT_FOR_PORTALS.test(scope));
}
