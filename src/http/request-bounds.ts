import { HttpStatus } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { BadRequestError, EnvelopeError, NotFoundError, RequestValidationError } from './envelope-error.js';

/** The most characters of path and query together, as they are sent. */
export const LONGEST_TARGET = 8_192;

/** The most characters between two slashes of a path, as they are sent: no id or name in a path is longer. */
export const LONGEST_SEGMENT = 1_024;

/** The most parameters of a query. */
export const MOST_PARAMETERS = 100;

/** Middleware that refuses requests without a Host header or with an excessive target, before anything parses them. */
export function limitRequests(): RequestHandler {
  return (request, _response, next) => {
    const isHostless = request.headers.host === undefined && request.httpVersion === '1.1';
    next(
      isHostless
        ? new BadRequestError('The request has no Host header.')
        : (findTargetProblem(request.url) ?? undefined),
    );
  };
}

/**
 * Finds what is wrong with a request's target; null where it is valid.
 *
 * @param target path and query as they are sent
 */
export function findTargetProblem(target: string): EnvelopeError | null {
  if (target.length > LONGEST_TARGET) {
    return new EnvelopeError(
      HttpStatus.URI_TOO_LONG,
      'URITooLongError',
      `The path and query are longer than ${LONGEST_TARGET} characters. Long values belong into a body.`,
    );
  }
  const queryAt = target.indexOf('?');
  const path = queryAt === -1 ? target : target.slice(0, queryAt);
  if (path.split('/').some((segment) => segment.length > LONGEST_SEGMENT)) return new NotFoundError();
  const query = queryAt === -1 ? '' : target.slice(queryAt + 1);
  if (query.split('&').length > MOST_PARAMETERS) {
    return RequestValidationError.at([], `The query has more than ${MOST_PARAMETERS} parameters`);
  }
  return null;
}
