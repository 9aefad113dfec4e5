import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { RequestValidationError } from '../../http/envelope-error.js';

/** Refuses requests that ask for a locale, rather than to answer with the only version that there is. */
@Injectable()
export class NoLocalesGuard implements CanActivate {
  /** @throws {RequestValidationError} when the query has `locale` */
  canActivate(context: ExecutionContext): boolean {
    const { query } = context.switchToHttp().getRequest<Request>();
    if (!Object.hasOwn(query, 'locale')) return true;
    throw RequestValidationError.at(
      ['locale'],
      'locale cannot be asked for: an entry here has one version, of no locale',
    );
  }
}
