/** What is wrong with a request that claims to be a webhook's. */
export type WebhookVerificationCode =
  /** `webhook-id`, `webhook-timestamp` or `webhook-signature` is not there. */
  | 'header-missing'
  /** `webhook-timestamp` is no number of seconds. */
  | 'timestamp-malformed'
  /** The request is older than the tolerance allows: it may be a replay. */
  | 'timestamp-too-old'
  /** The request is from a time to come. */
  | 'timestamp-too-new'
  /** No signature was made with one of the secrets over this id, this time and this body. */
  | 'signature-mismatch'
  /** The signature is right, and the body is no JSON. */
  | 'body-malformed';

/** The request is not what a webhook sent, or not any more. Answer it with 401, and do nothing for it. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';

  constructor(
    readonly code: WebhookVerificationCode,
    message: string,
  ) {
    super(message);
  }
}
