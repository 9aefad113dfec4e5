import type { Readable } from 'node:stream';
import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import type { AxiosRequestConfig, GenericAbortSignal } from 'axios';
import type { Dispatcher } from 'undici';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { Connections } from '../sending/connections.js';
import { Deadline } from '../../host/deadline.js';
import { theirs, USER_AGENT } from '../sending/request-headers.js';
import { type Consent, consentOf } from './consent-response.js';

/**
 * Asks a receiver for its consent: one OPTIONS request to the webhook's URL, with its own headers, through the
 * connections that deliveries go out on, which reach no address that they may not.
 */
@Injectable()
export class ConsentRequest {
  constructor(
    private readonly http: HttpService,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly connections: Connections,
  ) {}

  /** Never throws for what a receiver does: no answer is no consent. */
  async ask(webhook: DeliverableWebhook): Promise<Consent> {
    const { handshakeOrigin: origin, httpsOnly } = this.options;
    if (httpsOnly && !/^https:/i.test(webhook.url)) {
      return refused('Only https may be reached here (WEBHOOKS_HTTPS_ONLY), and the URL is none.');
    }
    const deadline = new Deadline(webhook.timeoutMs);
    try {
      const config: AxiosRequestConfig & { dispatcher: Dispatcher } = {
        method: 'OPTIONS',
        url: webhook.url,
        headers: this.headersFor(webhook, origin),
        signal: deadline as unknown as GenericAbortSignal,
        maxRedirects: 0,
        proxy: false,
        decompress: false,
        responseType: 'stream',
        validateStatus: null,
        dispatcher: this.connections.for(webhook),
      };
      const response = await this.http.axiosRef.request<Readable>(config);
      // What it says beside its headers is of no interest.
      response.data.on('error', () => undefined).destroy();
      return consentOf(response.headers as Record<string, unknown>, origin);
    } catch (error) {
      return refused(
        deadline.aborted
          ? `No answer came within ${webhook.timeoutMs} ms.`
          : `It could not be asked: ${(error as Error).message}`,
      );
    } finally {
      deadline.clear();
    }
  }

  private headersFor(webhook: DeliverableWebhook, origin: string): Record<string, string> {
    return {
      ...Object.fromEntries(theirs(this.options.defaultHeaders, webhook.headers)),
      'User-Agent': USER_AGENT,
      'WebHook-Request-Origin': origin,
      ...(webhook.rateLimit === null
        ? {}
        : { 'WebHook-Request-Rate': String(Math.ceil(webhook.rateLimit * 60)) }),
    };
  }
}

function refused(problem: string): Consent {
  return { isGiven: false, allowedRate: null, problem };
}
