import { type CanActivate, type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import type { Caller, RequestWithCaller } from '../../auth/caller.js';
import { ForbiddenError } from '../../http/envelope-error.js';
import { readHostCaller } from './host-caller.js';
import { isPortalRequest } from './portal-callers.js';
import { OPTIONS, type WebhooksModuleOptions } from './webhooks-module-options.js';

/** The caller of a host without the option `caller`. */
const HOST_CALLER: Caller = { tokenId: null, name: 'host', scopes: ['*'], tenant: null, via: 'host' };

/** Runs after the host's guards: sets the caller of the request, and refuses it where the host does not say who calls. */
@Injectable()
export class HostCallerGuard implements CanActivate {
  private readonly logger = new Logger('Webhooks');

  /** @throws {Error} when the option `caller` is there and no function: then nobody says what a caller may see */
  constructor(@Inject(OPTIONS) private readonly options: WebhooksModuleOptions) {
    const caller: unknown = options.caller;
    if (caller === undefined || typeof caller === 'function') return;
    throw new Error(
      `WebhooksModule: "caller" must be a function, and is ${caller === null ? 'null' : typeof caller}. Leave it out where every caller may see everything.`,
    );
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request & RequestWithCaller>();
    if (isPortalRequest(context)) return true;
    const { caller } = this.options;
    request.caller = caller ? { ...this.read(await caller(request)), via: 'host' } : HOST_CALLER;
    return true;
  }

  private read(returned: unknown): Caller {
    try {
      return readHostCaller(returned);
    } catch (error) {
      if (error instanceof ForbiddenError) this.logger.error(error.message);
      throw error;
    }
  }
}
