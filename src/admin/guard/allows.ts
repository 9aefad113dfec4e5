import type { Scope } from '../../auth/scopes.js';

/** Whether scopes have one of them in them; `*` has all. */
export function allows(scopes: readonly Scope[], scope: Scope): boolean {
  return scopes.includes('*') || scopes.includes(scope);
}
