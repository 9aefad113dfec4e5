import { SetMetadata } from '@nestjs/common';

/** Everything that a token can be allowed. `*` is all of it. */
export const SCOPES = [
  'webhooks:read',
  'webhooks:create',
  'webhooks:update',
  'webhooks:delete',
  'secrets:read',
  'deliveries:read',
  'deliveries:write',
  'events:write',
  'content:read',
  'content:write',
  'media:read',
  'media:write',
  'tokens:read',
  'tokens:write',
  'audit:read',
  'metrics:read',
  '*',
] as const;

export type Scope = (typeof SCOPES)[number];

export const REQUIRED_SCOPE = 'posthorn:required-scope';
export const PUBLIC_ROUTE = 'posthorn:public-route';

/** The scope that a caller's token must have for this route. A route without it and without {@link Public} is refused. */
export const RequiresScope = (scope: Scope) => SetMetadata(REQUIRED_SCOPE, scope);

/** Every caller whose token is valid may use this route, whatever its scopes. */
export const ANY_SCOPE = 'any';

/** A route for every caller with a token. */
export const RequiresToken = () => SetMetadata(REQUIRED_SCOPE, ANY_SCOPE);

/** This route is open to everyone. */
export const Public = () => SetMetadata(PUBLIC_ROUTE, true);

/** Whether scopes have one of them in them; `*` has all. */
export function hasScope(scopes: readonly Scope[], scope: Scope): boolean {
  return scopes.includes('*') || scopes.includes(scope);
}
