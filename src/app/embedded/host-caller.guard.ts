import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Caller, RequestWithCaller } from '../../auth/caller.js';
import { OPTIONS, type WebhooksModuleOptions } from './webhooks-module-options.js';

/** Whom the host's guards let through, when the host says no more of it. */
const HOSTS_OWN: Caller = { tokenId: null, name: 'host', scopes: ['*'], tenant: null };

/** Comes after the host's guards, refuses nobody, and notes who the caller is. */
@Injectable()
export class HostCallerGuard implements CanActivate {
  constructor(@Inject(OPTIONS) private readonly options: WebhooksModuleOptions) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request & RequestWithCaller>();
    request.caller = { ...HOSTS_OWN, ...this.options.caller?.(request) };
    return true;
  }
}
