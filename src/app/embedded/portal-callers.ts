import { type CanActivate, type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import type { Request } from 'express';
import { parseBearerToken } from '../../admin/guard/bearer-token.js';
import { AdminGuard } from '../../admin/guard/admin.guard.js';
import { hasSessionTokenFormat } from '../../admin/portal/portal-secrets.js';
import type { RequestWithCaller } from '../../auth/caller.js';

/** Requests of portal sessions that {@link PortalCallerGuard} let in. Nothing in a request can put it here. */
const admitted = new WeakSet<object>();

/**
 * Runs before the host's guards, which know nothing of a host's customers: a request with the token of a portal session
 * is let in by its scopes or refused, and every other one goes on to the host's guards.
 */
@Injectable()
export class PortalCallerGuard implements CanActivate {
  constructor(private readonly guard: AdminGuard) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request & RequestWithCaller>();
    const { authorization } = request.headers;
    const token = authorization === undefined ? null : parseBearerToken(authorization);
    if (token === null || !hasSessionTokenFormat(token)) return true;
    await this.guard.canActivate(context);
    if (request.caller?.via === 'portal') admitted.add(request);
    return true;
  }
}

/** Whether a request is one of a portal session that was let in. */
export function isPortalRequest(context: ExecutionContext): boolean {
  return admitted.has(context.switchToHttp().getRequest<object>());
}

/** Makes a guard that lets requests of portal sessions pass, and asks another one about the rest. */
export function exceptPortalCallers(guard: Type<CanActivate> | CanActivate): Type<CanActivate> | CanActivate {
  if (typeof guard !== 'function') {
    return { canActivate: (context) => isPortalRequest(context) || guard.canActivate(context) };
  }
  const name = `${guard.name}OfHost`;
  // A subclass, so that Nest injects what the guard's own constructor asks for.
  return {
    [name]: class extends guard {
      override canActivate(context: ExecutionContext) {
        return isPortalRequest(context) || super.canActivate(context);
      }
    },
  }[name] as Type<CanActivate>;
}
