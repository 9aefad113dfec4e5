import type { IncomingMessage } from 'node:http';
import { HttpStatus } from '@nestjs/common';
import { EnvelopeError, RequestValidationError } from './envelope-error.js';
import { findJsonBytesProblem } from './json-text.js';

/**
 * Checks the bytes of a JSON body before they are parsed, as body-parser's option `verify`: what parsing would change or
 * drop in silence is refused with its place, so that what is accepted arrives as it was sent.
 *
 * @param charset of the `Content-Type`; JSON is UTF-8 (RFC 8259, 8.1)
 * @throws {EnvelopeError} 415 for another charset
 * @throws {RequestValidationError} with the place
 */
export function checkJsonBody(
  _request: IncomingMessage,
  _response: unknown,
  bytes: Buffer,
  charset: string,
): void {
  if (!/^utf-?8$/i.test(charset)) {
    throw new EnvelopeError(
      HttpStatus.UNSUPPORTED_MEDIA_TYPE,
      'UnsupportedMediaTypeError',
      'JSON is taken in UTF-8 alone.',
    );
  }
  const problem = findJsonBytesProblem(bytes);
  if (problem) throw RequestValidationError.at(problem.path, problem.message);
}
