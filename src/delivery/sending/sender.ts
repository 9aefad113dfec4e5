import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import { AxiosError } from 'axios';
import { Clock } from '../../time/clock.js';
import { livingSecrets } from '../../webhooks/secrets/row-secrets.js';
import type { Claim } from '../claiming/claim.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../delivery-options.js';
import { type CapturedBody, captureBody } from './captured-response.js';
import { Connections } from './connections.js';
import { Deadline } from './deadline.js';
import { EchoMask, type SentSecrets } from './echo-mask.js';
import { requestHeaders } from './request-headers.js';
import { hubSignature, sign } from './signature.js';
import { type OutgoingRequest, requestThrough, undiciAdapter } from './undici-adapter.js';

/** What one request came to. */
export interface Attempt {
  /** Epoch milliseconds. */
  startedAt: number;
  durationMs: number;
  url: string;
  /** Null when no answer came. */
  statusCode: number | null;
  /** A sentence where no whole answer came, else null. */
  error: string | null;
  /** The error's code where there is one: `ECONNREFUSED`, `ADDRESS_REFUSED`, `TIMEOUT`. */
  errorCode: string | null;
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string> | null;
  responseBody: string | null;
  responseTruncated: boolean;
}

interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: CapturedBody;
}

/** Makes the request of a claim and tells what came of it. It never throws for what a receiver does. */
@Injectable()
export class Sender {
  private readonly running = new Set<Deadline>();
  private isCutOff = false;
  private readonly echoes: EchoMask;

  constructor(
    private readonly http: HttpService,
    private readonly clock: Clock,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly connections: Connections,
  ) {
    http.axiosRef.defaults.adapter = undiciAdapter(connections.shared);
    this.echoes = new EchoMask(options.defaultHeaders);
  }

  /** Makes one attempt. */
  async send(claim: Claim): Promise<Attempt> {
    const startedAt = this.clock.now();
    const began = performance.now();
    const { webhook } = claim;
    const { url } = webhook;
    let shown: Record<string, string> = {};
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
    const deadline = new Deadline(claim.webhook.timeoutMs);
    this.running.add(deadline);
    const partial: { statusCode?: number; headers?: Record<string, string> } = {};
    try {
      this.refuseScheme(url);
      const timestamp = Math.floor(startedAt / 1000);
      const secrets = livingSecrets(webhook.secrets, startedAt);
      const signature = sign(secrets, claim.eventId, timestamp, claim.body);
      const hub = webhook.hubSignature ? hubSignature(secrets[0] ?? '', claim.body) : null;
      const signatures = signaturesIn(hub === null ? signature : `${signature} ${hub}`);
      const headers = requestHeaders(claim, this.options.defaultHeaders, timestamp, signature, hub);
      shown = headers.shown;
      const dispatcher = this.connections.for(claim.webhook);
      const outgoing = { url, body: claim.body, headers: headers.sent, deadline, dispatcher };
      const answer = await this.request(outgoing, partial, { webhook, signatures });
      return ended({
        statusCode: answer.statusCode,
        responseHeaders: answer.headers,
        responseBody: answer.body.text,
        responseTruncated: answer.body.truncated,
      });
    } catch (error) {
      const cutShort = deadline.aborted && this.isCutOff;
      const timedOut = deadline.aborted && !cutShort;
      const sentence = cutShort
        ? 'The sending instance was stopped before the answer came.'
        : timedOut
          ? `No whole answer came within ${claim.webhook.timeoutMs} ms.`
          : messageOf(error);
      return ended({
        // A status whose body never ended is no success: the receiver may have failed while it worked.
        statusCode: partial.statusCode ?? null,
        responseHeaders: partial.headers ?? null,
        error: sentence,
        errorCode: cutShort ? 'CUT_OFF' : timedOut ? 'TIMEOUT' : codeOf(error),
      });
    } finally {
      deadline.clear();
      this.running.delete(deadline);
    }
  }

  /** Ends every request that is out, at the end of a stop's grace time: their attempts tell `CUT_OFF`. */
  cutOff(): void {
    this.isCutOff = true;
    for (const deadline of this.running) deadline.abort();
  }

  private async request(
    outgoing: OutgoingRequest,
    partial: { statusCode?: number; headers?: Record<string, string> },
    sent: SentSecrets,
  ): Promise<Answer> {
    const response = await requestThrough(this.http.axiosRef, outgoing);
    const headers = this.echoes.headers(sent, flatHeaders(response.headers));
    partial.statusCode = response.status;
    partial.headers = headers;
    const body = this.echoes.body(sent, await captureBody(response.data));
    return { statusCode: response.status, headers, body };
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

function flatHeaders(headers: Record<string, unknown>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    flat[name] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return flat;
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
