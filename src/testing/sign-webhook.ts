import { createHmac, randomUUID } from 'node:crypto';
import { sign } from '../delivery/sending/signature.js';
import {
  findScheme,
  type SignatureScheme,
  type SignatureSchemeName,
} from '../verification/signature-schemes.js';
import { fillTemplate } from '../verification/verify-scheme.js';

/** A request to sign. */
export interface WebhookToSign {
  /** The body: its text, or what is written as JSON. */
  body: string | object;
  /** `whsec_…`, or `whsk_…` whose public key the receiver has; of another `scheme` the text that its sender shows. */
  secret: string;
  /** The id of the delivery, where the scheme has it in a header. Default: a new one. */
  id?: string;
  /** The time of the request, epoch milliseconds. Default: now. */
  now?: number;
  /** As `scheme` of `verifyWebhook`. Default: `standard`. */
  scheme?: SignatureSchemeName | SignatureScheme;
}

/** A request that `verifyWebhook` takes for genuine. */
export interface SignedWebhook {
  /** With names in lower case, and a `content-type` of JSON. */
  headers: Record<string, string>;
  /** The text that was signed: send it as it is. */
  body: string;
}

/**
 * Signs a request as its sender would, to try what receives it:
 *
 * ```ts
 * const { headers, body } = signWebhook({ secret, body: { event: 'order.placed' } });
 * await request(server).post('/hooks').set(headers).send(body).expect(204);
 * ```
 *
 * @throws {TypeError} for a scheme that `verifyWebhook` refuses
 */
export function signWebhook(request: WebhookToSign): SignedWebhook {
  const { secret, id = `msg_${randomUUID()}`, now = Date.now(), scheme = 'standard' } = request;
  const body = typeof request.body === 'string' ? request.body : JSON.stringify(request.body);
  const timestamp = Math.floor(now / 1000);
  const signed =
    scheme === 'standard'
      ? {
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': sign([secret], id, timestamp, Buffer.from(body)),
        }
      : signByScheme(findScheme(scheme), { secret, id, timestamp: String(timestamp), body });
  return { headers: { 'content-type': 'application/json', ...signed }, body };
}

function signByScheme(
  scheme: SignatureScheme,
  { secret, id, timestamp, body }: { secret: string; id: string; timestamp: string; body: string },
): Record<string, string> {
  const { prefix = '', separator = '', algorithm = 'sha256', signed = '{body}', encoding } = scheme;
  const { signatureHeader, timestampHeader, timestampPrefix, idHeader } = scheme;
  const content = fillTemplate(signed, timestamp, Buffer.from(body));
  const signature = prefix + createHmac(algorithm, secret).update(content).digest(encoding);
  const parts = timestampPrefix === undefined ? [signature] : [timestampPrefix + timestamp, signature];
  return {
    [signatureHeader.toLowerCase()]: parts.join(separator),
    ...(timestampHeader === undefined ? {} : { [timestampHeader.toLowerCase()]: timestamp }),
    ...(idHeader === undefined ? {} : { [idHeader.toLowerCase()]: id }),
  };
}
