import {
  type CanActivate,
  type ExecutionContext,
  UnauthorizedException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import type { ReceivedHeaders } from './received-headers.js';
import type { SignatureScheme, SignatureSchemeName } from './signature-schemes.js';
import { verifyWebhook } from './verify-webhook.js';
import { WebhookVerificationError } from './webhook-verification-error.js';

type Secrets = string | readonly string[];

/** The parts of a request that the guard reads; Nest keeps the raw body with `rawBody: true`. */
export interface RequestToGuard {
  headers: ReceivedHeaders;
  rawBody?: Uint8Array;
  body?: unknown;
}

/** The options of {@link webhookSignature}. */
export interface WebhookSignatureOptions {
  /**
   * `whsec_…` or `whpk_…`, or several. A function is called at every request, so that secrets can come from a
   * configuration that is loaded later, can change, or can depend on the request.
   */
  secrets: Secrets | ((request: RequestToGuard) => Secrets | Promise<Secrets>);
  /** How the sender signs, as in `verifyWebhook`. Default: `standard`. */
  scheme?: SignatureSchemeName | SignatureScheme;
  /** The greatest difference between a request's time and now, in either direction, seconds. Default: 300. */
  toleranceSeconds?: number;
  /** The current time, epoch milliseconds. Default: this machine's clock. */
  now?: () => number;
}

/** Admits requests with a valid webhook signature; answers 401 to all others. Made by {@link webhookSignature}. */
export class WebhookSignatureGuard implements CanActivate {
  constructor(private readonly options: WebhookSignatureOptions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<RequestToGuard>();
    const { secrets, toleranceSeconds, now, scheme = 'standard' } = this.options;
    const given = typeof secrets === 'function' ? await secrets(request) : secrets;
    try {
      verifyWebhook({
        headers: request.headers,
        body: getRawBody(request),
        secrets: given,
        scheme,
        // Slack's commands are forms; what the body is, is for the route to see.
        bodyFormat: scheme === 'standard' ? 'json' : 'text',
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
 * Creates a guard for the routes that receive webhooks: `@UseGuards(webhookSignature({ secrets: 'whsec_…' }))`. The
 * application must keep raw bodies: `NestFactory.create(AppModule, { rawBody: true })`.
 */
export function webhookSignature(options: WebhookSignatureOptions): WebhookSignatureGuard {
  return new WebhookSignatureGuard(options);
}

function getRawBody({ rawBody, body, headers }: RequestToGuard): Uint8Array {
  if (rawBody instanceof Uint8Array) return rawBody;
  // `express.raw()` puts the bytes where other parsers put the parsed body.
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
