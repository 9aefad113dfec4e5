import { HttpException, HttpStatus } from '@nestjs/common';

/** One thing that is wrong with a request's body or query. */
export interface ValidationIssue {
  /** Where: `['headers', 'X-Key']`. Empty: the whole. */
  path: string[];
  /** What is wrong, a sentence or Strapi's own words. */
  message: string;
  name: 'ValidationError';
  /** What was sent there. */
  value?: unknown;
}

/** An error that is told to the caller in the one envelope: `{data: null, error: {status, name, message, details}}`. */
export class EnvelopeError extends HttpException {
  constructor(
    status: HttpStatus,
    readonly errorName: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message, status);
  }
}

/** So many issues are told of one request: an answer must not outgrow what was asked. */
const MOST_TOLD = 100;

/** 400: the request's content is not what it must be. */
export class RequestValidationError extends EnvelopeError {
  /** @param issues at least one; with one its message is the error's, with more `N errors occurred`, the first hundred told */
  constructor(issues: ValidationIssue[]) {
    const [first] = issues;
    const message = issues.length === 1 && first ? first.message : `${issues.length} errors occurred`;
    super(HttpStatus.BAD_REQUEST, 'ValidationError', message, { errors: issues.slice(0, MOST_TOLD) });
  }

  /** One thing wrong at one place. */
  static at(path: string[], message: string, value?: unknown): RequestValidationError {
    return new RequestValidationError([{ path, message, name: 'ValidationError', value }]);
  }

  /** The same, wrong further below in a request. */
  below(path: readonly string[]): RequestValidationError {
    const { errors } = this.details as { errors: ValidationIssue[] };
    return new RequestValidationError(errors.map((issue) => ({ ...issue, path: [...path, ...issue.path] })));
  }
}

/** 400: the request as a whole makes no sense. */
export class BadRequestError extends EnvelopeError {
  constructor(message: string, details: Record<string, unknown> = {}) {
    super(HttpStatus.BAD_REQUEST, 'BadRequestError', message, details);
  }
}

/** 401: no credentials, or wrong ones. */
export class UnauthorizedError extends EnvelopeError {
  constructor(message = 'Missing or invalid credentials') {
    super(HttpStatus.UNAUTHORIZED, 'UnauthorizedError', message);
  }
}

/** 403: known, but not allowed. */
export class ForbiddenError extends EnvelopeError {
  constructor(message = 'Forbidden') {
    super(HttpStatus.FORBIDDEN, 'ForbiddenError', message);
  }
}

/** 404: not there, or not there for this caller. */
export class NotFoundError extends EnvelopeError {
  /** @param message `webhook.notFound` for one */
  constructor(message = 'Not Found') {
    super(HttpStatus.NOT_FOUND, 'NotFoundError', message);
  }
}

/** 409: right in itself, but not with what stands already. */
export class ConflictError extends EnvelopeError {
  constructor(message: string, details: Record<string, unknown> = {}) {
    super(HttpStatus.CONFLICT, 'ConflictError', message, details);
  }
}

/** 429: too often. The answer says with Retry-After when it is worth trying again. */
export class RateLimitError extends EnvelopeError {
  constructor(
    /** Whole seconds, at least 1. */
    readonly retryAfterSeconds: number,
    message = 'Too many requests, please try again later.',
  ) {
    super(HttpStatus.TOO_MANY_REQUESTS, 'RateLimitError', message);
  }
}
