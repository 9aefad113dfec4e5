import {
  type CanActivate,
  type ExecutionContext,
  UnauthorizedException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { type ReceivedHeaders, verifyWebhook } from './verify-webhook.js';
import { WebhookVerificationError } from './webhook-verification-error.js';

type Secrets = string | readonly string[];

/** What a request looks like to the guard; Nest keeps its raw body with `rawBody: true`. */
export interface RequestToGuard {
  headers: ReceivedHeaders;
  rawBody?: Uint8Array;
  body?: unknown;
}

export interface WebhookSignatureOptions {
  /**
   * `whsec_…` or `whpk_…`, or several. A function is asked at every request, so that secrets may come from a
   * configuration that is read later, change, or depend on the request.
   */
  secrets: Secrets | ((request: RequestToGuard) => Secrets | Promise<Secrets>);
  /** How far a request's time may be from now, either way, seconds. Default: 300. */
  toleranceSeconds?: number;
  /** Epoch milliseconds. Default: the time of this machine. */
  now?: () => number;
}

/** Lets requests through that a webhook signed; all others are answered with 401. Made by {@link webhookSignature}. */
export class WebhookSignatureGuard implements CanActivate {
  constructor(private readonly options: WebhookSignatureOptions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<RequestToGuard>();
    const { secrets, toleranceSeconds, now } = this.options;
    const given = typeof secrets === 'function' ? await secrets(request) : secrets;
    try {
      verifyWebhook({
        headers: request.headers,
        body: getRawBody(request),
        secrets: given,
        ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }),
        ...(now === undefined ? {} : { now: now() }),
      });
      return true;
    } catch (error) {
      if (error instanceof WebhookVerificationError)
        throw new UnauthorizedException(error.message, { cause: error });
      throw error;
    }
  }
}

/**
 * A guard for the routes that receive webhooks: `@UseGuards(webhookSignature({ secrets: 'whsec_…' }))`. The application
 * must keep raw bodies: `NestFactory.create(AppModule, { rawBody: true })`.
 */
export function webhookSignature(options: WebhookSignatureOptions): WebhookSignatureGuard {
  return new WebhookSignatureGuard(options);
}

function getRawBody({ rawBody, body, headers }: RequestToGuard): Uint8Array {
  if (rawBody instanceof Uint8Array) return rawBody;
  // `express.raw()` leaves the bytes where others leave what they parsed.
  if (body instanceof Uint8Array) return body;
  if (body === undefined) {
    const type = 'content-type' in headers ? String(headers['content-type']) : 'none';
    throw new UnsupportedMediaTypeException(
      `No body parser took this request (content type: ${type}), so that there is no raw body to verify. ` +
        "For other types than application/json: app.useBodyParser('json', { type: ['application/json', 'application/*+json'] }).",
    );
  }
  throw new Error(
    'There is no raw body to verify: create the application with NestFactory.create(AppModule, { rawBody: true }), ' +
      'and let no other body parser come first.',
  );
}
