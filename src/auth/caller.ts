import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Scope } from './scopes.js';

/** The authenticated sender of a request, as the guard found it. */
export interface Caller {
  /** The token's id; `environment` for ADMIN_TOKEN; null for a caller without a token. */
  tokenId: string | null;
  /** The token's name, for the audit log. */
  name: string;
  /** What the token allows. */
  scopes: readonly Scope[];
  /** The tenant whose things the caller sees and creates; null: those of every tenant. */
  tenant: string | null;
  /**
   * What says who it is: a token of Posthorn's own, the guards of a host, or a portal session, whose id is then
   * `tokenId`. Default: a token.
   */
  via?: 'token' | 'host' | 'portal';
  /** When the token expires, UTC epoch milliseconds; null or left out: never. */
  expiresAt?: number | null;
}

/** A caller without a token, where a route allows one. */
export const ANONYMOUS: Caller = { tokenId: null, name: 'anonymous', scopes: [], tenant: null };

/** A request after the guard has set its caller. */
export interface RequestWithCaller {
  caller?: Caller;
}

/** Injects the request's {@link Caller} into a handler; {@link ANONYMOUS} where no guard has set one. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  return context.switchToHttp().getRequest<RequestWithCaller>().caller ?? ANONYMOUS;
});
