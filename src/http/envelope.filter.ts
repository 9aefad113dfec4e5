import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  HttpStatus,
  Logger,
} from '@nestjs/common';
import type { Response } from 'express';
import { isDiskFull, isRetryable, isUnavailable } from '../database/database-errors.js';
import { isCommitOutcomeUnknown } from '../database/transactions.js';
import { EnvelopeError, RateLimitError, UnavailableError } from './envelope-error.js';

/** The value of `error` in an answer. */
export interface Envelope {
  status: number;
  name: string;
  message: string;
  details: Record<string, unknown>;
}

const NAMES: Record<number, string> = {
  400: 'BadRequestError',
  401: 'UnauthorizedError',
  403: 'ForbiddenError',
  404: 'NotFoundError',
  408: 'RequestTimeoutError',
  409: 'ConflictError',
  413: 'PayloadTooLargeError',
  414: 'URITooLongError',
  415: 'UnsupportedMediaTypeError',
  416: 'RangeNotSatisfiableError',
  417: 'ExpectationFailedError',
  429: 'RateLimitError',
  431: 'RequestHeaderFieldsTooLargeError',
  503: 'ServiceUnavailableError',
};

/**
 * Answers every error in the envelope `{data: null, error: {status, name, message, details}}`. Errors of this side are
 * logged with their stack, and answered without internals.
 */
@Catch()
export class EnvelopeFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const { req: request } = response;
    // A client that closes the connection within its body is no fault of this side.
    const isAborted = request.destroyed && !request.complete;
    const envelope = isAborted
      ? createEnvelope(HttpStatus.BAD_REQUEST, 'The request ended before its body did.')
      : this.toEnvelope(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (envelope.status === 503) response.setHeader('Retry-After', '5');
    if (error instanceof RateLimitError || error instanceof UnavailableError)
      response.setHeader('Retry-After', String(error.retryAfterSeconds));
    response.status(envelope.status).json({ data: null, error: envelope });
  }

  private toEnvelope(thrown: unknown): Envelope {
    // Nest wraps what the body parser's hook throws.
    const cause = thrown instanceof HttpException ? thrown.cause : undefined;
    const error = cause instanceof EnvelopeError ? cause : thrown;
    if (error instanceof EnvelopeError) {
      return {
        status: error.getStatus(),
        name: error.errorName,
        message: error.message,
        details: error.details,
      };
    }
    if (isCommitOutcomeUnknown(error)) {
      this.logger.error(
        `It is not known whether a change was made, its request is answered 503: ${messageOf(error)}`,
      );
      return createEnvelope(
        HttpStatus.SERVICE_UNAVAILABLE,
        'The database did not say whether the change was made. Look whether it was before you try again.',
      );
    }
    if (isDiskFull(error)) {
      this.logger.error(`A disk is full, the request is answered 503: ${messageOf(error)}`);
      return createEnvelope(
        HttpStatus.SERVICE_UNAVAILABLE,
        'The disk of this server or of its database is full. Nothing was changed; try again later.',
      );
    }
    if (isRetryable(error)) {
      this.logger.warn(`Others changed the same rows, the request is answered 503: ${messageOf(error)}`);
      return createEnvelope(
        HttpStatus.SERVICE_UNAVAILABLE,
        'Others are changing the same rows. Nothing was changed; try again.',
      );
    }
    if (isUnavailable(error)) {
      this.logger.error(`The database is unavailable, the request is answered 503: ${messageOf(error)}`);
      return createEnvelope(
        HttpStatus.SERVICE_UNAVAILABLE,
        'The database cannot be reached now. Nothing was changed; try again.',
      );
    }
    const status = statusOf(error);
    if (status !== null && status < 500) return createEnvelope(status, sentenceFor(status, messageOf(error)));
    if (status === 503) return createEnvelope(503, messageOf(error));
    this.logger.error(messageOf(error), error instanceof Error ? error.stack : undefined);
    return createEnvelope(HttpStatus.INTERNAL_SERVER_ERROR, 'Something went wrong here. The log says what.');
  }
}

/** Makes an envelope for a status without an error class of its own. */
export function createEnvelope(status: number, message: string): Envelope {
  return {
    status,
    name: NAMES[status] ?? (status < 500 ? 'BadRequestError' : 'InternalServerError'),
    message,
    details: {},
  };
}

/** The status of Nest's exceptions and of those that Express middleware (the body parser, multer) throws. */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { status?: unknown; statusCode?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : null;
}

function sentenceFor(status: number, message: string): string {
  if (status === 413) return 'The request body is larger than this server takes.';
  if (status === 404 && message.startsWith('Cannot ')) return 'Not Found';
  if (status === 400 && /JSON/.test(message))
    return `The request body is no valid JSON: ${withoutQuote(message)}`;
  return message;
}

/** Removes the piece of the body that the JSON parser quotes in its message: it may be secret. */
function withoutQuote(message: string): string {
  return message.replace(/, (?:\.{3})?".*"(?:\.{3})? is not valid JSON$/s, '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
