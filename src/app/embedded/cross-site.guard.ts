import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { findCrossSiteProblem } from '../../http/cross-site.js';
import type { Settings } from '../../settings/settings.js';
import { HOST_SETTINGS } from './host-settings.js';

/** Runs before the host's guards: a page of another site may not use the cookie that a host signs people in with. */
@Injectable()
export class CrossSiteGuard implements CanActivate {
  constructor(@Inject(HOST_SETTINGS) private readonly settings: Settings) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const problem = findCrossSiteProblem(request, this.settings.http.corsOrigins);
    if (problem) throw problem;
    return true;
  }
}
