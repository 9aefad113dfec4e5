import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Scope } from './scopes.js';

/** Who makes a request, as the guard found out. */
export interface Caller {
  /** The token's id; `environment` for ADMIN_TOKEN; null for a caller without a token. */
  tokenId: string | null;
  /** The token's name, for the audit. */
  name: string;
  /** What the token allows. */
  scopes: readonly Scope[];
  /** Whose things the caller sees and makes; null: everyone's. */
  tenant: string | null;
}

/** A caller without a token, where a route allows one. */
export const ANONYMOUS: Caller = { tokenId: null, name: 'anonymous', scopes: [], tenant: null };

/** A request that a guard has looked at. */
export interface RequestWithCaller {
  caller?: Caller;
}

/** The request's {@link Caller}; anonymous where no guard found one. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  return context.switchToHttp().getRequest<RequestWithCaller>().caller ?? ANONYMOUS;
});
