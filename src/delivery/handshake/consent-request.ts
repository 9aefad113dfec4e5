import { Inject, Injectable, Logger } from '@nestjs/common';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { DeliveryHooks } from '../model/delivery-hooks.js';
import { isOwnFault, OWN_FAULTS } from '../model/own-faults.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { Connections } from '../sending/connections.js';
import { Deadline } from '../../host/deadline.js';
import { HTTP_CLIENT, type HttpClient } from '../../host/tokens.js';
import { requestWithAxios } from '../sending/axios-undici-adapter.js';
import { toLogLine } from '../../host/log-text.js';
import { EchoedSecretRedactor, type SentSecrets } from '../sending/redact-echoed-secrets.js';
import { explainFailure, findFailureCode } from '../sending/explain-failure.js';
import { mergeCustomHeaders, USER_AGENT } from '../sending/request-headers.js';
import { type Consent, parseConsent } from './consent-response.js';

/**
 * Sends the handshake of CloudEvents' abuse protection: one OPTIONS request to the webhook's URL, with the webhook's
 * own headers. It uses the connections of the deliveries, so that the SSRF guard applies.
 */
@Injectable()
export class ConsentRequest {
  private readonly redactor: EchoedSecretRedactor;
  private readonly logger = new Logger('Handshake');
  private readonly deadlines = new Set<Deadline>();
  private isStopping = false;

  constructor(
    @Inject(HTTP_CLIENT) private readonly http: HttpClient | null,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly connections: Connections,
    private readonly hooks: DeliveryHooks,
  ) {
    this.redactor = new EchoedSecretRedactor(options.defaultHeaders);
  }

  /**
   * Never rejects because of the receiver: without an answer there is no consent.
   *
   * @returns null when the receiver could not be asked through a fault of this side, or a stop ended the request
   */
  async ask(webhook: DeliverableWebhook): Promise<Consent | null> {
    const { handshakeOrigin: origin, httpsOnly } = this.options;
    if (httpsOnly && !/^https:/i.test(webhook.url)) {
      return toRefusal('Only https may be reached here (WEBHOOKS_HTTPS_ONLY), and the URL is none.');
    }
    if (this.isStopping) return null;
    const deadline = new Deadline(webhook.timeoutMs);
    this.deadlines.add(deadline);
    let sent: SentSecrets | null = null;
    const redact = (text: string) => (sent ? this.redactor.redactText(sent, text) : text);
    try {
      const headers = this.buildHeaders(webhook, origin);
      // Signed by nothing: its secrets are the webhook's headers.
      sent = { webhook, signatures: [] };
      const dispatcher = this.connections.getDispatcher(webhook);
      const outgoing = { method: 'OPTIONS', url: webhook.url, headers, deadline, dispatcher } as const;
      const response = await requestWithAxios(this.http?.axiosRef, outgoing);
      // Only the headers count: the body is discarded.
      response.data.on('error', () => undefined).destroy();
      return parseConsent(response.headers, origin, redact);
    } catch (error) {
      if (this.isStopping) return null;
      const code = deadline.aborted ? null : findFailureCode(error);
      if (isOwnFault(code)) {
        this.hooks.ownFault(code);
        this.logger.error(
          `The receiver of webhook ${webhook.id} could not be asked for its consent through a fault of this instance ` +
            `(${code}: ${toLogLine(redact((error as Error).message))}). ${OWN_FAULTS[code]} It is asked again in a minute.`,
        );
        return null;
      }
      return toRefusal(
        deadline.aborted
          ? `No answer came within ${webhook.timeoutMs} ms.`
          : `It could not be asked: ${redact(explainFailure(error, webhook.tenant === null))}`,
      );
    } finally {
      deadline.clear();
      this.deadlines.delete(deadline);
    }
  }

  /** Ends the requests that are out, and makes none any more: a receiver that hangs does not hold a stop. */
  stop(): void {
    this.isStopping = true;
    for (const deadline of this.deadlines) deadline.abort();
  }

  private buildHeaders(webhook: DeliverableWebhook, origin: string): Record<string, string> {
    return {
      ...Object.fromEntries(mergeCustomHeaders(this.options.defaultHeaders, webhook.headers)),
      'User-Agent': USER_AGENT,
      'WebHook-Request-Origin': origin,
      ...(webhook.rateLimit === null
        ? {}
        : { 'WebHook-Request-Rate': String(Math.ceil(webhook.rateLimit * 60)) }),
    };
  }
}

function toRefusal(problem: string): Consent {
  return { isGiven: false, allowedRate: null, problem };
}
