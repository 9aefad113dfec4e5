import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../host/clock.js';
import { selectActiveSecrets } from '../../webhooks/secrets/webhook-secrets.js';
import type { Attempt } from '../model/attempt.js';
import type { SendRequest } from '../model/claim.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { Connections } from './connections.js';
import { Deadline } from '../../host/deadline.js';
import { explainFailure, findFailureCode } from './explain-failure.js';
import { EchoedSecretRedactor, type SentSecrets } from './redact-echoed-secrets.js';
import { HTTP_CLIENT, type HttpClient } from '../../host/tokens.js';
import { SlotList } from '../../host/slot-list.js';
import { type AttemptSpan, Tracing } from '../tracing/tracing.js';
import { buildRequestHeaders } from './request-headers.js';
import { signForHub, sign } from './signature.js';
import { createTransport, type Transport } from './transport.js';
import type { PartialAnswer } from './undici-request.js';

/** Sends the request of a claim and returns the attempt. It never rejects because of the receiver. */
@Injectable()
export class Sender {
  private readonly transport: Transport;
  private readonly deadlines = new SlotList<Deadline>();
  private isAborting = false;
  private readonly redactor: EchoedSecretRedactor;

  constructor(
    @Inject(HTTP_CLIENT) http: HttpClient | null,
    private readonly clock: Clock,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly connections: Connections,
    private readonly tracing: Tracing,
  ) {
    this.transport = createTransport(http);
    this.redactor = new EchoedSecretRedactor(options.defaultHeaders);
  }

  /**
   * Makes one attempt, with a tracing span when the host traces.
   *
   * @param mayGo asked when the connection is there and nothing is written yet, which may be long after the call; false
   *   ends the attempt with the code `NOT_SENT`. Default: it may
   */
  send(request: SendRequest, mayGo?: () => boolean): Promise<Attempt> {
    const span = this.tracing.startAttemptSpan(request);
    return span
      ? this.attemptTraced(request, span, mayGo)
      : this.attempt(request, request.trace ?? null, mayGo);
  }

  private async attemptTraced(
    request: SendRequest,
    span: AttemptSpan,
    mayGo?: () => boolean,
  ): Promise<Attempt> {
    const attempt = await this.attempt(request, span.traceparent, mayGo);
    span.end(attempt);
    return attempt;
  }

  private async attempt(
    request: SendRequest,
    traceparent: string | null,
    mayGo?: () => boolean,
  ): Promise<Attempt> {
    const startedAt = this.clock.now();
    const began = performance.now();
    const { webhook } = request;
    const { url } = webhook;
    let shown: Record<string, string> = {};
    let sent: SentSecrets | null = null;
    const answer: PartialAnswer = {};
    const redactHeaders = () => answer.headers && sent && this.redactor.redactHeaders(sent, answer.headers);
    const redactMessage = (message: string) => (sent ? this.redactor.redactText(sent, message) : message);
    const toAttempt = (rest: Partial<Attempt>): Attempt => ({
      startedAt,
      durationMs: Math.round(performance.now() - began),
      url,
      statusCode: null,
      error: null,
      errorCode: null,
      requestHeaders: shown,
      responseHeaders: null,
      responseBody: null,
      responseTruncated: false,
      ...rest,
    });
    const deadline = new Deadline(request.webhook.timeoutMs);
    const slot = this.deadlines.add(deadline);
    try {
      this.checkScheme(url);
      const timestamp = Math.floor(startedAt / 1000);
      const secrets = selectActiveSecrets(webhook.secrets, startedAt);
      const bytes = Buffer.from(request.body);
      const signature = sign(secrets, request.eventId, timestamp, bytes);
      const hub = webhook.hubSignature ? signForHub(secrets[0] ?? '', bytes) : null;
      const signatures = splitSignatures(hub === null ? signature : `${signature} ${hub}`);
      const defaults = this.options.defaultHeaders;
      const headers = buildRequestHeaders(request, defaults, timestamp, signature, hub, traceparent);
      shown = headers.shown;
      const dispatcher = this.connections.getDispatcher(request.webhook);
      const outgoing = { url, body: bytes, headers: headers.sent, deadline, dispatcher, mayGo };
      sent = { webhook, signatures };
      const body = this.redactor.redactBody(sent, await this.transport(outgoing, answer));
      return toAttempt({
        statusCode: answer.statusCode ?? null,
        responseHeaders: redactHeaders() ?? null,
        responseBody: body.text,
        responseTruncated: body.truncated,
      });
    } catch (error) {
      const cutShort = deadline.aborted && this.isAborting;
      const timedOut = deadline.aborted && !cutShort;
      const message = cutShort
        ? 'The sending instance was stopped before the answer came.'
        : timedOut
          ? `No whole answer came within ${request.webhook.timeoutMs} ms.`
          : redactMessage(explainFailure(error, webhook.tenant === null));
      return toAttempt({
        // A status whose body never ended is no success: the receiver may have failed while it processed the request.
        statusCode: answer.statusCode ?? null,
        responseHeaders: redactHeaders() ?? null,
        error: message,
        hasConnected: answer.isConnected,
        errorCode: cutShort ? 'CUT_OFF' : timedOut ? 'TIMEOUT' : findFailureCode(error),
      });
    } finally {
      deadline.clear();
      this.deadlines.remove(slot);
    }
  }

  /** Aborts every request in flight, at the end of a shutdown's grace time: their attempts get the code `CUT_OFF`. */
  abortAll(): void {
    this.isAborting = true;
    for (const deadline of this.deadlines) deadline.abort();
  }

  private checkScheme(url: string): void {
    if (this.options.httpsOnly && !/^https:/i.test(url)) {
      throw Object.assign(
        new Error('Only https may be reached here (WEBHOOKS_HTTPS_ONLY), and the URL is none.'),
        {
          code: 'ADDRESS_REFUSED',
        },
      );
    }
  }
}

/** Splits a list of signatures and removes their prefixes: `v1,…` and `sha256=…`. */
function splitSignatures(list: string): string[] {
  return list.split(' ').map((signature) => signature.replace(/^(?:v1a?,|sha256=)/, ''));
}
