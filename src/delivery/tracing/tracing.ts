import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Span, Tracer } from '@opentelemetry/api';
import type { WebhookEvent } from '../../events/webhook-event.js';
import { VERSION } from '../../package.js';
import type { SendRequest } from '../model/claim.js';
import { isSuccess, type Attempt } from '../model/attempt.js';
import { parseTraceparent, formatTraceparent } from './traceparent.js';

type Api = typeof import('@opentelemetry/api');

/** The span of a publish that is running. */
export interface PublishSpan {
  /** Identifies the parent span of the attempts; null: there is no tracing. */
  traceparent: string | null;
  /** @param eventId null: the event was not recorded */
  end(eventId: string | null): void;
}

/** The span of an attempt that is running. */
export interface AttemptSpan {
  traceparent: string;
  end(attempt: Attempt): void;
}

const NO_SPAN: PublishSpan = { traceparent: null, end: () => undefined };

/** Codes of `import()`, and of `require()` in the CommonJS build. */
const NOT_INSTALLED = new Set<string | undefined>(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

/**
 * Starts OpenTelemetry spans for the publish of an event and for each attempt, when the host has registered a tracer
 * provider. Without one, or without `@opentelemetry/api`, it costs the check of a variable.
 */
@Injectable()
export class Tracing implements OnModuleInit {
  private api: Api | null = null;

  async onModuleInit(): Promise<void> {
    try {
      this.api = await import('@opentelemetry/api');
    } catch (error) {
      if (!NOT_INSTALLED.has((error as { code?: string }).code)) throw error;
      // The package is not installed: there is no tracing.
    }
  }

  /** Starts a span for the recording of an event. Without a tracer, the span around it becomes the attempts' parent. */
  startPublishSpan(event: WebhookEvent): PublishSpan {
    const { api } = this;
    if (api === null) return NO_SPAN;
    const tracer = this.findTracer(api);
    if (tracer === null) {
      const around = api.trace.getSpanContext(api.context.active());
      return around && api.isSpanContextValid(around)
        ? { ...NO_SPAN, traceparent: formatTraceparent(around) }
        : NO_SPAN;
    }
    const span = tracer.startSpan('posthorn.publish', {
      kind: api.SpanKind.PRODUCER,
      attributes: { 'posthorn.event.type': event.type },
    });
    return {
      traceparent: formatTraceparent(span.spanContext()),
      end: (eventId) => {
        if (eventId !== null) span.setAttribute('posthorn.event.id', eventId);
        else span.setStatus({ code: api.SpanStatusCode.ERROR, message: 'The event was not recorded.' });
        span.end();
      },
    };
  }

  /** Starts a span for an attempt; null: there is no tracing. */
  startAttemptSpan(request: SendRequest): AttemptSpan | null {
    const { api } = this;
    const tracer = api && this.findTracer(api);
    if (!api || !tracer) return null;
    const parent = parseTraceparent(request.trace);
    const span = tracer.startSpan(
      'posthorn.attempt',
      {
        kind: api.SpanKind.CLIENT,
        attributes: {
          'http.request.method': 'POST',
          'http.request.resend_count': request.number - 1,
          // Not the whole URL, because it may contain secrets.
          'server.address': parseHost(request.webhook.url),
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
      traceparent: formatTraceparent(span.spanContext()),
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

  /** Null while the host has not registered a tracer provider. */
  private findTracer(api: Api): Tracer | null {
    const provider = api.trace.getTracerProvider();
    if (!(provider instanceof api.ProxyTracerProvider)) return provider.getTracer('posthorn', VERSION);
    return provider.getDelegateTracer('posthorn', VERSION) ?? null;
  }
}

function parseHost(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}
