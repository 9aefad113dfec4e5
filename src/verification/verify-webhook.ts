import { createHmac, timingSafeEqual, verify } from 'node:crypto';
import { type VerificationKey, parseVerificationKey } from './verification-keys.js';
import { WebhookVerificationError } from './webhook-verification-error.js';

/** A request's headers: Node's, a fetch `Headers`, or any object of names and values. */
export type ReceivedHeaders =
  Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };

/** A request to verify, and what to verify it with. */
export interface WebhookToVerify {
  headers: ReceivedHeaders;
  /** The bytes of the body as they came, before anything parsed them; a string is taken as UTF-8. */
  body: Uint8Array | string;
  /** `whsec_…` or `whpk_…`; several while a secret is being rotated: one that fits is enough. */
  secrets: string | readonly string[];
  /** How far the request's time may be from now, either way, seconds. Default: 300. */
  toleranceSeconds?: number;
  /** Epoch milliseconds. Default: the time of this machine. */
  now?: number;
}

const TOLERANCE_S = 300;

/**
 * Verifies that a request comes from a sender that has the secret and was not changed on its way, as Standard Webhooks
 * 1.0.0 says: `v1` (HMAC-SHA256) and `v1a` (ed25519) over `id.timestamp.body`. Comparing takes the same time wherever
 * signatures differ. That the same `webhook-id` comes again is for the receiver to see.
 *
 * @returns the body, parsed as JSON
 * @throws {WebhookVerificationError} with a code and a sentence when the request is not genuine
 * @throws {TypeError} when a secret cannot be used, or the body is not raw: a fault of the receiver's own
 */
export function verifyWebhook<T = unknown>(request: WebhookToVerify): T {
  const { headers, secrets, toleranceSeconds = TOLERANCE_S, now = Date.now() } = request;
  const body = toBuffer(request.body);
  const keys = (typeof secrets === 'string' ? [secrets] : secrets).map(parseVerificationKey);
  if (keys.length === 0) throw new TypeError('There is no webhook secret to verify with.');

  const id = readHeader(headers, 'webhook-id');
  const timestamp = readHeader(headers, 'webhook-timestamp');
  const given = parseSignatures(readHeader(headers, 'webhook-signature'));
  checkTimestamp(timestamp, Math.floor(now / 1000), toleranceSeconds);
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  if (!keys.some((key) => isSignedWith(key, content, given))) {
    throw new WebhookVerificationError(
      'signature-mismatch',
      'No signature in webhook-signature was made with the secret over this id, this time and this body.',
    );
  }
  return parseBody(body) as T;
}

function isSignedWith(one: VerificationKey, content: Buffer, given: GivenSignature[]): boolean {
  const candidates = given.filter(({ version }) => version === one.version);
  if (one.version === 'v1a') return candidates.some(({ bytes }) => verify(null, content, one.key, bytes));
  const expected = createHmac('sha256', one.key).update(content).digest();
  return candidates.some(({ bytes }) => bytes.length === expected.length && timingSafeEqual(bytes, expected));
}

function checkTimestamp(timestamp: string, now: number, tolerance: number): void {
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError('timestamp-malformed', 'webhook-timestamp is no number of seconds.');
  }
  const behind = now - Number(timestamp);
  if (behind > tolerance) {
    throw new WebhookVerificationError(
      'timestamp-too-old',
      `The request is ${behind} s old, and ${tolerance} s are allowed: it may be a replay, or a clock is wrong.`,
    );
  }
  if (-behind > tolerance) {
    throw new WebhookVerificationError(
      'timestamp-too-new',
      `The request is ${-behind} s ahead of this clock, and ${tolerance} s are allowed: a clock is wrong.`,
    );
  }
}

function readHeader(headers: ReceivedHeaders, name: string): string {
  const value = isFetchHeaders(headers) ? headers.get(name) : findHeader(headers, name);
  // A header that came several times is one list.
  const text = Array.isArray(value) ? value.join(' ') : (value as string | null | undefined);
  if (typeof text === 'string' && text !== '') return text;
  throw new WebhookVerificationError('header-missing', `The header ${name} is not there.`);
}

function isFetchHeaders(headers: ReceivedHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}

function findHeader(headers: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(headers, name)) return headers[name];
  return Object.entries(headers).find(([other]) => other.toLowerCase() === name)?.[1];
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
  /** `v1` or `v1a`; others are for those who know them. */
  version: string;
  bytes: Buffer;
}

/** More than any sender makes: eleven secrets at the most sign here. What is behind them is not looked at. */
const MOST_SIGNATURES = 64;

/** Reads `webhook-signature`: `v1,<base64>` and `v1a,<base64>`, separated by spaces. What is no signature is left out. */
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
