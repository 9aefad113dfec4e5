import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Caller, RequestWithCaller } from '../../auth/caller.js';
import { OPTIONS, type WebhooksModuleOptions } from './webhooks-module-options.js';

/** The caller where the option `caller` does not name one. */
const HOST_CALLER: Caller = { tokenId: null, name: 'host', scopes: ['*'], tenant: null };

/** Runs after the host's guards: sets the caller of the request and never refuses it. */
@Injectable()
export class HostCallerGuard implements CanActivate {
  constructor(@Inject(OPTIONS) private readonly options: WebhooksModuleOptions) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request & RequestWithCaller>();
    request.caller = { ...HOST_CALLER, ...this.options.caller?.(request) };
    return true;
  }
}
