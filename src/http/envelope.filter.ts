import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  HttpStatus,
  Logger,
} from '@nestjs/common';
import type { Response } from 'express';
import { isUnavailable } from '../database/database-errors.js';
import { EnvelopeError, RateLimitError } from './envelope-error.js';

/** What stands under `error`. */
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
 * Shapes every refusal and every fault in the one envelope: `{data: null, error: {status, name, message, details}}`.
 * What the caller cannot mend is logged and told without its insides.
 */
@Catch()
export class EnvelopeFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const { req: request } = response;
    // Whoever hangs up in the middle of a body has made no fault of ours.
    const isCut = request.destroyed && !request.complete;
    const envelope = isCut
      ? envelopeOf(HttpStatus.BAD_REQUEST, 'The request ended before its body did.')
      : this.read(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (envelope.status === 503) response.setHeader('Retry-After', '5');
    if (error instanceof RateLimitError) response.setHeader('Retry-After', String(error.retryAfterSeconds));
    response.status(envelope.status).json({ data: null, error: envelope });
  }

  private read(error: unknown): Envelope {
    if (error instanceof EnvelopeError) {
      return {
        status: error.getStatus(),
        name: error.errorName,
        message: error.message,
        details: error.details,
      };
    }
    if (isUnavailable(error)) {
      this.logger.error(`The database cannot be used now: ${messageOf(error)}`);
      return envelopeOf(
        HttpStatus.SERVICE_UNAVAILABLE,
        'The database cannot be reached now. Nothing was changed; try again.',
      );
    }
    const status = statusOf(error);
    if (status !== null && status < 500) return envelopeOf(status, sentenceFor(status, messageOf(error)));
    if (status === 503) return envelopeOf(503, messageOf(error));
    this.logger.error(messageOf(error), error instanceof Error ? error.stack : undefined);
    return envelopeOf(HttpStatus.INTERNAL_SERVER_ERROR, 'Something went wrong here. The log says what.');
  }
}

/** The envelope's inside for a status without an error class of its own. */
export function envelopeOf(status: number, message: string): Envelope {
  return {
    status,
    name: NAMES[status] ?? (status < 500 ? 'BadRequestError' : 'InternalServerError'),
    message,
    details: {},
  };
}

/** The status of Nest's exceptions and of those that express middleware (the body parser, multer) throws. */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { status?: unknown; statusCode?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : null;
}

function sentenceFor(status: number, message: string): string {
  if (status === 413) return 'The request body is larger than this server takes.';
  if (status === 404 && message.startsWith('Cannot ')) return 'Not Found';
  if (status === 400 && /JSON/.test(message))
    return `The request body is no valid JSON: ${unquoted(message)}`;
  return message;
}

/** What the parser says without the piece of the body that it quotes, which may be of a secret. */
function unquoted(message: string): string {
  return message.replace(/, (?:\.{3})?".*"(?:\.{3})? is not valid JSON$/s, '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
