/** Why a request failed the verification. */
export type WebhookVerificationCode =
  /** `webhook-id`, `webhook-timestamp` or `webhook-signature` is not there, or what another scheme has in their place. */
  | 'header-missing'
  /** The time is no number of seconds. */
  | 'timestamp-malformed'
  /** The request is older than the tolerance allows: it may be a replay. */
  | 'timestamp-too-old'
  /** The request's time is further ahead than the tolerance allows. */
  | 'timestamp-too-new'
  /** No signature was made with one of the secrets over this id, this time and this body. */
  | 'signature-mismatch'
  /** The signature is right, and the body is no JSON. */
  | 'body-malformed';

/** A request failed the verification: it is forged, changed or too old. Answer it with 401 and do not process it. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';

  constructor(
    readonly code: WebhookVerificationCode,
    message: string,
  ) {
    super(message);
  }
}
