/** A request was about to be written, and its webhook may not be sent to any more: nothing was sent. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
  readonly code = 'NOT_SENT';

  constructor() {
    super('Nothing was sent: what was decided about the webhook meanwhile forbids it.');
  }
}
