import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Span, Tracer } from '@opentelemetry/api';
import type { WebhookEvent } from '../../events/webhook-event.js';
import { VERSION } from '../../package.js';
import type { SendRequest } from '../model/claim.js';
import { isSuccess, type Attempt } from '../model/attempt.js';
import { parseTraceparent, traceparentOf } from './traceparent.js';

type Api = typeof import('@opentelemetry/api');

/** A publish under way. */
export interface PublishSpan {
  /** Of the span that attempts are children of; null: nobody traces. */
  traceparent: string | null;
  end(eventId: string | null): void;
}

/** An attempt under way. */
export interface AttemptSpan {
  traceparent: string;
  end(attempt: Attempt): void;
}

const UNTRACED: PublishSpan = { traceparent: null, end: () => undefined };

/**
 * OpenTelemetry spans from the publishing of an event to each attempt, for a host that has registered a tracer. Without
 * one, or without `@opentelemetry/api`, nothing is measured: finding that out is a look at a variable.
 */
@Injectable()
export class Tracing implements OnModuleInit {
  private api: Api | null = null;

  async onModuleInit(): Promise<void> {
    try {
      this.api = await import('@opentelemetry/api');
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
      // It is not installed: nobody traces.
    }
  }

  /** Begins a span for the recording of an event. The context around it is what its attempts belong to. */
  publishing(event: WebhookEvent): PublishSpan {
    const { api } = this;
    if (api === null) return UNTRACED;
    const tracer = this.tracer(api);
    if (tracer === null) {
      const around = api.trace.getSpanContext(api.context.active());
      return around && api.isSpanContextValid(around)
        ? { ...UNTRACED, traceparent: traceparentOf(around) }
        : UNTRACED;
    }
    const span = tracer.startSpan('posthorn.publish', {
      kind: api.SpanKind.PRODUCER,
      attributes: { 'posthorn.event.type': event.type },
    });
    return {
      traceparent: traceparentOf(span.spanContext()),
      end: (eventId) => {
        if (eventId !== null) span.setAttribute('posthorn.event.id', eventId);
        else span.setStatus({ code: api.SpanStatusCode.ERROR, message: 'The event was not recorded.' });
        span.end();
      },
    };
  }

  /** Begins a span for an attempt; null: nobody traces. */
  attempting(request: SendRequest): AttemptSpan | null {
    const { api } = this;
    const tracer = api && this.tracer(api);
    if (!api || !tracer) return null;
    const parent = parseTraceparent(request.trace);
    const span = tracer.startSpan(
      'posthorn.attempt',
      {
        kind: api.SpanKind.CLIENT,
        attributes: {
          'http.request.method': 'POST',
          'http.request.resend_count': request.number - 1,
          // Not the whole URL: some have secrets in them.
          'server.address': hostOf(request.webhook.url),
          'posthorn.event.type': request.event,
          'posthorn.event.id': request.eventId,
          'posthorn.delivery.id': request.deliveryId,
          'posthorn.webhook.id': request.webhook.id,
        },
      },
      parent === null
        ? api.ROOT_CONTEXT
        : api.trace.setSpanContext(api.ROOT_CONTEXT, { ...parent, isRemote: true }),
    );
    return {
      traceparent: traceparentOf(span.spanContext()),
      end: (attempt) => this.endAttempt(api, span, attempt),
    };
  }

  private endAttempt(api: Api, span: Span, attempt: Attempt): void {
    if (attempt.statusCode !== null) span.setAttribute('http.response.status_code', attempt.statusCode);
    if (!isSuccess(attempt)) {
      const message = attempt.error ?? `The receiver answered ${attempt.statusCode}.`;
      span.setStatus({ code: api.SpanStatusCode.ERROR, message });
    }
    span.end();
  }

  /** Null while nobody has registered a tracer. */
  private tracer(api: Api): Tracer | null {
    const provider = api.trace.getTracerProvider();
    if (!(provider instanceof api.ProxyTracerProvider)) return provider.getTracer('posthorn', VERSION);
    return provider.getDelegateTracer('posthorn', VERSION) ?? null;
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}
