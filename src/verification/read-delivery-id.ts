import { readHeader, type ReceivedHeaders } from './received-headers.js';
import { findIdPlace, type SignatureScheme, type SignatureSchemeName } from './signature-schemes.js';
import { WebhookVerificationError } from './webhook-verification-error.js';

/** A request that was verified. */
export interface VerifiedRequest {
  headers: ReceivedHeaders;
  /** The body as {@link verifyWebhook} returned it. */
  body: unknown;
  /** Default: `standard`. */
  scheme?: SignatureSchemeName | SignatureScheme;
}

/**
 * Reads the id of a delivery, which is the same when the sender repeats it: `webhook-id`, `X-GitHub-Delivery`,
 * `X-Shopify-Webhook-Id`, Stripe's `id` and Slack's `event_id` in the body. GitHub and Shopify do not sign it.
 *
 * @throws {WebhookVerificationError} with `header-missing` when it is not there
 * @throws {TypeError} when the scheme does not say where it stands
 */
export function readDeliveryId({ headers, body, scheme = 'standard' }: VerifiedRequest): string {
  const { idHeader, idProperty } = findIdPlace(scheme);
  if (idHeader !== undefined) return readHeader(headers, idHeader);
  if (idProperty === undefined) {
    throw new TypeError(
      'The signature scheme has neither "idHeader" nor "idProperty": say where the id stands.',
    );
  }
  const id = (body as Record<string, unknown> | null | undefined)?.[idProperty];
  if (typeof id === 'string' && id !== '') return id;
  throw new WebhookVerificationError(
    'header-missing',
    `The body has no "${idProperty}" with the delivery's id.`,
  );
}
