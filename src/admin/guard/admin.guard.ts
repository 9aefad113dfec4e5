import { type CanActivate, type ExecutionContext, HttpStatus, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { ANONYMOUS, type Caller, type RequestWithCaller } from '../../auth/caller.js';
import { ForbiddenError } from '../../http/envelope-error.js';
import { ANY_SCOPE, PUBLIC_ROUTE, REQUIRED_SCOPE, type Scope, hasScope } from '../../auth/scopes.js';
import { AuditCallReader } from '../audit/audit-call-reader.js';
import { AuditLog } from '../audit/audit-log.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';
import { AuthThrottle } from '../throttle/auth-throttle.js';
import { parseBearerToken } from './bearer-token.js';
import { TokenAuthenticator } from './token-authenticator.js';

/**
 * Lets a request through whose token has the scope that the route requires. A route that says neither its scope nor
 * that it is public is refused: forgetting it opens nothing. A refusal of what would have changed something is written
 * into the audit log; a caller who is nobody is only counted.
 */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly callers: TokenAuthenticator,
    private readonly failures: AuthThrottle,
    private readonly calls: AuditCallReader,
    private readonly audit: AuditLog,
    @Inject(ADMIN_OPTIONS) private readonly options: AdminOptions,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_ROUTE, targets)) return true;
    const scope = this.reflector.getAllAndOverride<Scope | typeof ANY_SCOPE | undefined>(
      REQUIRED_SCOPE,
      targets,
    );
    const request = context.switchToHttp().getRequest<Request & RequestWithCaller>();
    const isOpen = scope !== undefined && scope !== ANY_SCOPE && this.options.openScopes.includes(scope);
    request.caller = await this.callerOf(request, isOpen);
    if (scope === ANY_SCOPE) return true;
    if (scope !== undefined && (isOpen || hasScope(request.caller.scopes, scope))) return true;
    const call = this.calls.of(context);
    if (call) await this.audit.writeRefusal(call, HttpStatus.FORBIDDEN);
    throw new ForbiddenError();
  }

  private async callerOf(request: Request, mayBeAnonymous: boolean): Promise<Caller> {
    const { authorization } = request.headers;
    if (authorization === undefined && mayBeAnonymous) return ANONYMOUS;
    const token = authorization === undefined ? null : parseBearerToken(authorization);
    const caller = token === null ? null : await this.callers.of(token);
    if (!caller) throw await this.failures.countFailure(request.ip);
    return caller;
  }
}
