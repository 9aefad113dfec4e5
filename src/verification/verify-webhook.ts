import { createHmac, timingSafeEqual, verify } from 'node:crypto';
import { checkTimestamp } from './check-timestamp.js';
import { readHeader, type ReceivedHeaders } from './received-headers.js';
import { findScheme, type SignatureScheme, type SignatureSchemeName } from './signature-schemes.js';
import { type VerificationKey, parseVerificationKey } from './verification-keys.js';
import { type RequestToVerify, verifyScheme } from './verify-scheme.js';
import { WebhookVerificationError } from './webhook-verification-error.js';

/** A request to verify, and the secrets to verify it with. */
export interface WebhookToVerify {
  headers: ReceivedHeaders;
  /** The raw bytes of the body, before any parser; a string is encoded as UTF-8. */
  body: Uint8Array | string;
  /**
   * `whsec_…` or `whpk_…`; of another `scheme` the text that its sender shows. Several during a rotation: one match is
   * enough.
   */
  secrets: string | readonly string[];
  /** The greatest difference between the request's time and now, in either direction, seconds. Default: 300. */
  toleranceSeconds?: number;
  /**
   * How the sender signs: `standard`, `stripe`, `github`, `shopify`, `slack`, or a description of another HMAC. Default:
   * `standard` (Standard Webhooks).
   */
  scheme?: SignatureSchemeName | SignatureScheme;
  /** What is returned: the body parsed as JSON, or as text, for senders of forms. Default: `json`. */
  bodyFormat?: 'json' | 'text';
  /** The current time, epoch milliseconds. Default: this machine's clock. */
  now?: number;
}

const TOLERANCE_S = 300;

/**
 * Verifies a request's signature by Standard Webhooks 1.0.0: `v1` (HMAC-SHA256) or `v1a` (ed25519) over
 * `id.timestamp.body`. A genuine request comes from a holder of the secret and was not changed in transit. Signatures
 * are compared in constant time. The receiver itself must detect a repeated `webhook-id`. With another `scheme` the
 * signature is verified as its sender describes it.
 *
 * @returns the body, parsed as JSON
 * @throws {WebhookVerificationError} when the request is not genuine; it has a code and a sentence
 * @throws {TypeError} when a secret is unusable or the body is not raw: an error in the receiver's code
 */
export function verifyWebhook<T = unknown>(request: WebhookToVerify): T {
  const { headers, secrets, toleranceSeconds = TOLERANCE_S, now = Date.now() } = request;
  const { scheme = 'standard', bodyFormat = 'json' } = request;
  const body = toBuffer(request.body);
  const known = typeof secrets === 'string' ? [secrets] : secrets;
  if (known.length === 0) throw new TypeError('There is no webhook secret to verify with.');
  const seconds = Math.floor(now / 1000);

  if (scheme === 'standard') verifyStandard({ headers, body, secrets: known, seconds, toleranceSeconds });
  else verifyScheme(findScheme(scheme), { headers, body, secrets: known, seconds, toleranceSeconds });
  return (bodyFormat === 'text' ? body.toString('utf8') : parseBody(body)) as T;
}

function verifyStandard({ headers, body, secrets, seconds, toleranceSeconds }: RequestToVerify): void {
  const keys = secrets.map(parseVerificationKey);
  const id = readHeader(headers, 'webhook-id');
  const timestamp = readHeader(headers, 'webhook-timestamp');
  const given = parseSignatures(readHeader(headers, 'webhook-signature'));
  checkTimestamp('webhook-timestamp', timestamp, seconds, toleranceSeconds);
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  if (!keys.some((key) => isSignedWith(key, content, given))) {
    throw new WebhookVerificationError(
      'signature-mismatch',
      'No signature in webhook-signature was made with the secret over this id, this time and this body.',
    );
  }
}

function isSignedWith(one: VerificationKey, content: Buffer, given: GivenSignature[]): boolean {
  const candidates = given.filter(({ version }) => version === one.version);
  if (one.version === 'v1a') return candidates.some(({ bytes }) => verify(null, content, one.key, bytes));
  const expected = createHmac('sha256', one.key).update(content).digest();
  return candidates.some(({ bytes }) => bytes.length === expected.length && timingSafeEqual(bytes, expected));
}

function toBuffer(body: unknown): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError(
    'The body must be the raw bytes of the request (a Buffer), as they came: what was parsed cannot be verified.',
  );
}

function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new WebhookVerificationError('body-malformed', 'The request is genuine, but its body is no JSON.');
  }
}

/** One signature of `webhook-signature`. */
export interface GivenSignature {
  /** `v1` or `v1a`; other versions are ignored. */
  version: string;
  bytes: Buffer;
}

/** Signatures beyond this number are ignored. This sender makes at most eleven, one for each secret. */
const MOST_SIGNATURES = 64;

/** Parses `webhook-signature`: `v1,<base64>` and `v1a,<base64>`, separated by spaces. Malformed parts are skipped. */
export function parseSignatures(text: string): GivenSignature[] {
  return text
    .split(' ', MOST_SIGNATURES)
    .map((part) => {
      const comma = part.indexOf(',');
      return {
        version: part.slice(0, Math.max(0, comma)),
        bytes: Buffer.from(part.slice(comma + 1), 'base64'),
      };
    })
    .filter(({ version, bytes }) => version !== '' && bytes.length > 0);
}
