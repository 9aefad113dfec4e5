import { HttpException, HttpStatus } from '@nestjs/common';

/** One thing that is wrong with a request's body or query. */
export interface ValidationIssue {
  /** The path of the value: `['headers', 'X-Key']`. Empty: the whole body or query. */
  path: string[];
  /** What is wrong: a sentence, Strapi's where it has one. */
  message: string;
  name: 'ValidationError';
  /** The value that was sent. Left out where it may be secret. */
  value?: unknown;
}

/** An error that is answered in the envelope `{data: null, error: {status, name, message, details}}`. */
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

/** The most issues in one answer: an answer must not be larger than its request. */
const MOST_ISSUES = 100;

/** 400: the body or the query is invalid. */
export class RequestValidationError extends EnvelopeError {
  /**
   * @param issues at least one. The message is that of a single issue, else `N errors occurred`; the details have the
   * first hundred.
   */
  constructor(issues: ValidationIssue[]) {
    const [first] = issues;
    const message = issues.length === 1 && first ? first.message : `${issues.length} errors occurred`;
    super(HttpStatus.BAD_REQUEST, 'ValidationError', message, { errors: issues.slice(0, MOST_ISSUES) });
  }

  /** Makes an error of one issue. */
  static at(path: string[], message: string, value?: unknown): RequestValidationError {
    return new RequestValidationError([{ path, message, name: 'ValidationError', value }]);
  }

  /** Returns the same error with its paths put below another: for a part that was validated by itself. */
  below(path: readonly string[]): RequestValidationError {
    const { errors } = this.details as { errors: ValidationIssue[] };
    return new RequestValidationError(errors.map((issue) => ({ ...issue, path: [...path, ...issue.path] })));
  }
}

/** 400: the request as a whole is invalid. */
export class BadRequestError extends EnvelopeError {
  constructor(message: string, details: Record<string, unknown> = {}) {
    super(HttpStatus.BAD_REQUEST, 'BadRequestError', message, details);
  }
}

/** 401: credentials are missing or invalid. */
export class UnauthorizedError extends EnvelopeError {
  constructor(message = 'Missing or invalid credentials') {
    super(HttpStatus.UNAUTHORIZED, 'UnauthorizedError', message);
  }
}

/** 403: the caller is authenticated, but not allowed to do this. */
export class ForbiddenError extends EnvelopeError {
  constructor(message = 'Forbidden') {
    super(HttpStatus.FORBIDDEN, 'ForbiddenError', message);
  }
}

/** 404: the thing does not exist, or this caller may not see it. */
export class NotFoundError extends EnvelopeError {
  /** @param message a sentence, or a code such as `webhook.notFound` */
  constructor(message = 'Not Found') {
    super(HttpStatus.NOT_FOUND, 'NotFoundError', message);
  }
}

/** 409: the request is valid, but conflicts with the current state. */
export class ConflictError extends EnvelopeError {
  constructor(message: string, details: Record<string, unknown> = {}) {
    super(HttpStatus.CONFLICT, 'ConflictError', message, details);
  }
}

/** 503: this side cannot do it now. The answer's Retry-After says when to try again. */
export class UnavailableError extends EnvelopeError {
  constructor(
    message: string,
    /** Whole seconds, at least 1. */
    readonly retryAfterSeconds: number,
    details: Record<string, unknown> = {},
  ) {
    super(HttpStatus.SERVICE_UNAVAILABLE, 'ServiceUnavailableError', message, details);
  }
}

/** 429: too many requests. The answer's Retry-After says when to try again. */
export class RateLimitError extends EnvelopeError {
  constructor(
    /** Whole seconds, at least 1. */
    readonly retryAfterSeconds: number,
    message = 'Too many requests, please try again later.',
  ) {
    super(HttpStatus.TOO_MANY_REQUESTS, 'RateLimitError', message);
  }
}
