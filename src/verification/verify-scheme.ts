import { createHmac, timingSafeEqual } from 'node:crypto';
import { checkTimestamp } from './check-timestamp.js';
import { readHeader, type ReceivedHeaders } from './received-headers.js';
import type { SignatureScheme } from './signature-schemes.js';
import { WebhookVerificationError } from './webhook-verification-error.js';

/** A request whose options have their defaults. */
export interface RequestToVerify {
  headers: ReceivedHeaders;
  body: Buffer;
  secrets: readonly string[];
  /** The current time, epoch seconds. */
  seconds: number;
  toleranceSeconds: number;
}

/** Parts of a signature header beyond this number are ignored. */
const MOST_PARTS = 64;

/**
 * Verifies an HMAC by the description of its scheme.
 *
 * @throws {WebhookVerificationError} when the request is not genuine
 * @throws {TypeError} when a secret is missing
 */
export function verifyScheme(scheme: SignatureScheme, request: RequestToVerify): void {
  const { headers, body, secrets, seconds, toleranceSeconds } = request;
  if (secrets.some((secret) => typeof secret !== 'string' || secret === '')) {
    throw new TypeError('A webhook secret is missing: give the text that the sender shows.');
  }
  const {
    signatureHeader,
    separator,
    encoding,
    prefix = '',
    algorithm = 'sha256',
    signed = '{body}',
  } = scheme;
  const header = readHeader(headers, signatureHeader);
  const parts = separator === undefined ? [header] : header.split(separator, MOST_PARTS);
  const timestamp = readTimestamp(scheme, headers, parts);
  if (timestamp !== null) checkTimestamp(timestamp.header, timestamp.text, seconds, toleranceSeconds);
  const given = parts
    .map((part) => part.trim())
    .filter((part) => part.startsWith(prefix))
    .map((part) => Buffer.from(part.slice(prefix.length), encoding));
  const content = fillTemplate(signed, timestamp?.text ?? '', body);
  const isGenuine = secrets.some((secret) => {
    const expected = createHmac(algorithm, secret).update(content).digest();
    return given.some((bytes) => bytes.length === expected.length && timingSafeEqual(bytes, expected));
  });
  if (isGenuine) return;
  throw new WebhookVerificationError(
    'signature-mismatch',
    `No signature in ${signatureHeader} was made with the secret over this request.`,
  );
}

function readTimestamp(
  { signatureHeader, timestampHeader, timestampPrefix }: SignatureScheme,
  headers: ReceivedHeaders,
  parts: readonly string[],
): { header: string; text: string } | null {
  if (timestampHeader !== undefined) {
    return { header: timestampHeader, text: readHeader(headers, timestampHeader) };
  }
  if (timestampPrefix === undefined) return null;
  const part = parts.map((one) => one.trim()).find((one) => one.startsWith(timestampPrefix));
  return { header: signatureHeader, text: part?.slice(timestampPrefix.length) ?? '' };
}

/** Puts a request's time and body into the `signed` of a scheme. */
export function fillTemplate(template: string, timestamp: string, body: Buffer): Buffer {
  const [before = '', after = ''] = template.replace('{timestamp}', () => timestamp).split('{body}');
  return Buffer.concat([Buffer.from(before), body, Buffer.from(after)]);
}
