import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import { type AxiosAdapter, AxiosError } from 'axios';
import { Clock } from '../../host/clock.js';
import { selectActiveSecrets } from '../../webhooks/secrets/webhook-secrets.js';
import type { SendRequest } from '../model/claim.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { type CapturedBody, captureBody } from './captured-response.js';
import { Connections } from './connections.js';
import { Deadline } from '../../host/deadline.js';
import { EchoMask, type SentSecrets } from './redact-echoed-secrets.js';
import { SlotList } from '../../host/slot-list.js';
import { type AttemptSpan, Tracing } from '../tracing/tracing.js';
import { requestHeaders } from './request-headers.js';
import { hubSignature, sign } from './signature.js';
import { flatHeaders, type PartialAnswer, requestStraight } from './undici-request.js';
import { isUntouched, type OutgoingRequest, requestThrough, undiciAdapter } from './axios-undici-adapter.js';
import type { Attempt } from '../model/attempt.js';

/** Makes the request of a request and tells what came of it. It never throws for what a receiver does. */
@Injectable()
export class Sender {
  private readonly adapter: AxiosAdapter;
  private readonly running = new SlotList<Deadline>();
  private isCutOff = false;
  private readonly echoes: EchoMask;

  constructor(
    private readonly http: HttpService,
    private readonly clock: Clock,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly connections: Connections,
    private readonly tracing: Tracing,
  ) {
    this.adapter = undiciAdapter(connections.shared);
    http.axiosRef.defaults.adapter = this.adapter;
    this.echoes = new EchoMask(options.defaultHeaders);
  }

  /** Makes one attempt. */
  send(request: SendRequest): Promise<Attempt> {
    const span = this.tracing.attempting(request);
    return span ? this.traced(request, span) : this.attempt(request, request.trace ?? null);
  }

  private async traced(request: SendRequest, span: AttemptSpan): Promise<Attempt> {
    const attempt = await this.attempt(request, span.traceparent);
    span.end(attempt);
    return attempt;
  }

  private async attempt(request: SendRequest, traceparent: string | null): Promise<Attempt> {
    const startedAt = this.clock.now();
    const began = performance.now();
    const { webhook } = request;
    const { url } = webhook;
    let shown: Record<string, string> = {};
    let sent: SentSecrets | null = null;
    const answer: PartialAnswer = {};
    const answered = () => answer.headers && sent && this.echoes.headers(sent, answer.headers);
    const ended = (rest: Partial<Attempt>): Attempt => ({
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
    const place = this.running.add(deadline);
    try {
      this.refuseScheme(url);
      const timestamp = Math.floor(startedAt / 1000);
      const secrets = selectActiveSecrets(webhook.secrets, startedAt);
      const bytes = Buffer.from(request.body);
      const signature = sign(secrets, request.eventId, timestamp, bytes);
      const hub = webhook.hubSignature ? hubSignature(secrets[0] ?? '', bytes) : null;
      const signatures = signaturesIn(hub === null ? signature : `${signature} ${hub}`);
      const defaults = this.options.defaultHeaders;
      const headers = requestHeaders(request, defaults, timestamp, signature, hub, traceparent);
      shown = headers.shown;
      const dispatcher = this.connections.for(request.webhook);
      const outgoing = { url, body: bytes, headers: headers.sent, deadline, dispatcher };
      sent = { webhook, signatures };
      const body = this.echoes.body(sent, await this.request(outgoing, answer));
      return ended({
        statusCode: answer.statusCode ?? null,
        responseHeaders: answered() ?? null,
        responseBody: body.text,
        responseTruncated: body.truncated,
      });
    } catch (error) {
      const cutShort = deadline.aborted && this.isCutOff;
      const timedOut = deadline.aborted && !cutShort;
      const sentence = cutShort
        ? 'The sending instance was stopped before the answer came.'
        : timedOut
          ? `No whole answer came within ${request.webhook.timeoutMs} ms.`
          : messageOf(error);
      return ended({
        // A status whose body never ended is no success: the receiver may have failed while it worked.
        statusCode: answer.statusCode ?? null,
        responseHeaders: answered() ?? null,
        error: sentence,
        errorCode: cutShort ? 'CUT_OFF' : timedOut ? 'TIMEOUT' : codeOf(error),
      });
    } finally {
      deadline.clear();
      this.running.remove(place);
    }
  }

  /** Ends every request that is out, at the end of a stop's grace time: their attempts tell `CUT_OFF`. */
  cutOff(): void {
    this.isCutOff = true;
    for (const deadline of this.running) deadline.abort();
  }

  private request(outgoing: OutgoingRequest, answer: PartialAnswer): Promise<CapturedBody> {
    const { axiosRef } = this.http;
    return isUntouched(axiosRef, this.adapter)
      ? requestStraight(outgoing, answer)
      : this.requestThroughAxios(outgoing, answer);
  }

  private async requestThroughAxios(outgoing: OutgoingRequest, answer: PartialAnswer): Promise<CapturedBody> {
    const response = await requestThrough(this.http.axiosRef, outgoing);
    answer.statusCode = response.status;
    answer.headers = flatHeaders(response.headers);
    return captureBody(response.data);
  }

  private refuseScheme(url: string): void {
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

/** The signatures of a list without their versions: `v1,…` and `sha256=…`. */
function signaturesIn(list: string): string[] {
  return list.split(' ').map((signature) => signature.replace(/^(?:v1a?,|sha256=)/, ''));
}

function causeOf(error: unknown): unknown {
  if (error instanceof AxiosError && error.cause) return causeOf(error.cause);
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors[0];
  return error;
}

function codeOf(error: unknown): string | null {
  const { code } = causeOf(error) as { code?: unknown };
  return typeof code === 'string' ? code : null;
}

function messageOf(error: unknown): string {
  const { message } = causeOf(error) as { message?: unknown };
  return typeof message === 'string' && message !== '' ? message : String(causeOf(error));
}
