import { type CanActivate, type ExecutionContext, HttpStatus, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { ANONYMOUS, type Caller, type RequestWithCaller } from '../../auth/caller.js';
import {
  ANY_SCOPE,
  AT_ONCE_ROUTE,
  hasScope,
  PUBLIC_ROUTE,
  REQUIRED_SCOPE,
  type Scope,
} from '../../auth/scopes.js';
import { ForbiddenError } from '../../http/envelope-error.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';
import { AuditCallReader } from '../audit/audit-call-reader.js';
import { AuditLog } from '../audit/audit-log.js';
import { AuthThrottle } from '../throttle/auth-throttle.js';
import { parseBearerToken } from './bearer-token.js';
import { TokenAuthenticator } from './token-authenticator.js';

/**
 * Authenticates the token of a request and requires the route's scope. A route that declares neither a scope nor that
 * it is public is refused, so a forgotten decorator opens nothing. A refused call of an audited route is written into
 * the audit log; an unknown caller is not, its failures are only counted.
 */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: TokenAuthenticator,
    private readonly throttle: AuthThrottle,
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
    const isAtOnce = this.reflector.getAllAndOverride<boolean | undefined>(AT_ONCE_ROUTE, targets) === true;
    request.caller = await this.authenticate(request, isOpen, isAtOnce);
    if (scope === ANY_SCOPE) return true;
    if (scope !== undefined && (isOpen || hasScope(request.caller.scopes, scope))) return true;
    const call = this.calls.read(context);
    if (call) await this.audit.writeRefusal(call, HttpStatus.FORBIDDEN);
    throw new ForbiddenError();
  }

  private async authenticate(request: Request, mayBeAnonymous: boolean, isAtOnce: boolean): Promise<Caller> {
    const { authorization } = request.headers;
    if (authorization === undefined && mayBeAnonymous) return ANONYMOUS;
    const token = authorization === undefined ? null : parseBearerToken(authorization);
    const caller = token === null ? null : await this.authenticator.authenticate(token, isAtOnce);
    if (!caller) throw await this.throttle.countFailure(request.ip);
    return caller;
  }
}
