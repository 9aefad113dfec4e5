import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  SetMetadata,
  type Type,
} from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { NotFoundError, RequestValidationError } from './envelope-error.js';

const ANY_QUERY = 'posthorn:any-query';

/** Marks a route, or all of a controller, whose query is for the page that it returns, or for a cache of its files. */
export const TakesAnyQuery = () => SetMetadata(ANY_QUERY, true);

/** A parameter's name and the keys below it: `filters[city][$eq]`. */
const PARAMETER = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;

/** Keys that the query parser drops. */
const DROPPED = /(?:^|\[)__proto__(?:\]|$)/;

/**
 * Refuses query parameters that a route does not obey, so that none is ignored in silence, and ids in a path that end in
 * a blank, which MySQL would compare as equal to those without. A route obeys what its `@Query('name')` parameters name;
 * with a `@Query()` for all of the query, the route itself refuses unknown names.
 */
export class QueryInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const targets = [context.getHandler(), context.getClass()];
    if (targets.some((target) => Reflect.getMetadata(ANY_QUERY, target) === true)) return next.handle();
    const { originalUrl, params } = context.switchToHttp().getRequest<Request>();
    if (Object.values(params).some((value) => typeof value === 'string' && value !== value.trim())) {
      throw new NotFoundError();
    }
    const queryAt = originalUrl.indexOf('?');
    if (queryAt !== -1) {
      const names = listParameters(context.getClass(), context.getHandler().name);
      checkQuery(originalUrl.slice(queryAt + 1), names);
    }
    return next.handle();
  }
}

/**
 * Checks the names of a query's parameters.
 *
 * @param query as it is sent, without the question mark
 * @param names the parameters that the route obeys; null: it checks them itself
 * @throws {RequestValidationError} for an unknown or malformed parameter, and for escapes that are not UTF-8
 */
export function checkQuery(query: string, names: readonly string[] | null): void {
  for (const part of query.split('&')) {
    if (part === '') continue;
    const [name = ''] = part.split('=', 1);
    const key = decode(name);
    if (key === null || decode(part) === null) {
      throw RequestValidationError.at([key ?? name], `The parameter "${key ?? name}" is not UTF-8`);
    }
    const [, base = key] = PARAMETER.exec(key) ?? [];
    const isKnown = PARAMETER.test(key) && !DROPPED.test(key) && (names === null || names.includes(base));
    if (isKnown) continue;
    const taken = names === null ? '' : `; it takes ${names.length === 0 ? 'none' : names.join(', ')}`;
    throw RequestValidationError.at([base], `"${key}" is no parameter of this route${taken}`);
  }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** The names of a handler's `@Query('name')` parameters; null: it takes the query as a whole, or a host has wrapped it. */
function listParameters(controller: Type, handler: string): string[] | null {
  if (!(handler in (controller.prototype as object))) return null;
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) ?? {}) as Record<
    string,
    { data?: unknown }
  >;
  const queries = Object.entries(parameters)
    .filter(([key]) => key.startsWith(`${RouteParamtypes.QUERY}:`))
    .map(([, { data }]) => data);
  return queries.every((name) => typeof name === 'string') ? queries : null;
}
