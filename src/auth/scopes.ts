import { SetMetadata } from '@nestjs/common';

/** Every permission that a token can have. `*` grants all of them. */
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
  'erase:write',
  '*',
] as const;

export type Scope = (typeof SCOPES)[number];

/** The metadata key of {@link RequiresScope} and {@link RequiresToken}. */
export const REQUIRED_SCOPE = 'posthorn:required-scope';
/** The metadata key of {@link Public}. */
export const PUBLIC_ROUTE = 'posthorn:public-route';

/** The metadata key of {@link AnswersAtOnce}. */
export const AT_ONCE_ROUTE = 'posthorn:at-once-route';

/** Requires a scope of the caller's token. The guard refuses a route that has neither this nor {@link Public}. */
export const RequiresScope = (scope: Scope) => SetMetadata(REQUIRED_SCOPE, scope);

/** Stands for a scope where any valid token will do. */
export const ANY_SCOPE = 'any';

/** Opens this route to every caller with a valid token, whatever its scopes. */
export const RequiresToken = () => SetMetadata(REQUIRED_SCOPE, ANY_SCOPE);

/** Opens this route to callers without a token. */
export const Public = () => SetMetadata(PUBLIC_ROUTE, true);

/** Answers callers of this route without waiting for a database that is away to find their token. */
export const AnswersAtOnce = () => SetMetadata(AT_ONCE_ROUTE, true);

/** Whether a list of scopes grants a scope, by name or by `*`. */
export function hasScope(scopes: readonly Scope[], scope: Scope): boolean {
  return scopes.includes('*') || scopes.includes(scope);
}
