import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  context,
  type ContextManager,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { getDataSourceToken } from '@nestjs/typeorm';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { DataSource } from 'typeorm';
import { EventRecorder } from '../../src/delivery/recording/event-recorder.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { WebhookEvent } from '../../src/events/webhook-event.js';
import { describeOnAnyDatabase } from '../support/databases.js';
import { createWebhook, onlyDelivery, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

/** The context that a host's tracer keeps, as it does it itself. */
class HostContext implements ContextManager {
  private readonly storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    around: Context,
    work: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.storage.run(around, () => work.apply(self, args));
  }

  bind<T>(_: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

describeOnAnyDatabase('A trace', (kind) => {
  const { app, receiver, clock } = useStage(kind, { settings: { webhooks: { retrySchedule: [10] } } });
  let spans: InMemorySpanExporter;

  beforeEach(async () => {
    spans = new InMemorySpanExporter();
  });

  afterEach(async () => {
    trace.disable();
    context.disable();
  });

  function traceWith(): BasicTracerProvider {
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    trace.setGlobalTracerProvider(provider);
    context.setGlobalContextManager(new HostContext());
    return provider;
  }

  const deliverDue = () => app.get(DeliveryWorker).runOnce();

  async function record(): Promise<string> {
    const { manager } = app.get<DataSource>(getDataSourceToken());
    return app
      .get(EventRecorder)
      .record(new WebhookEvent({ type: 'order.shipped', data: { n: 1 } }, manager));
  }

  const named = (name: string): ReadableSpan[] =>
    spans.getFinishedSpans().filter((span) => span.name === name);

  it('goes from what published the event to each of its attempts, which pass it on', async () => {
    const tracer = traceWith().getTracer('host');
    await createWebhook(app.http, receiver.url);
    receiver.answer([500, 200]);
    const eventId = await tracer.startActiveSpan('order', async (span) => {
      const id = await record();
      span.end();
      return id;
    });
    await deliverDue();
    clock.advance(11_000);
    await deliverDue();

    const [order] = named('order');
    const [published] = named('posthorn.publish');
    const attempts = named('posthorn.attempt');
    expect(published?.parentSpanContext?.spanId).toBe(order?.spanContext().spanId);
    expect(published?.attributes).toEqual({
      'posthorn.event.type': 'order.shipped',
      'posthorn.event.id': eventId,
    });
    expect(attempts).toHaveLength(2);
    for (const attempt of attempts) {
      expect(attempt.spanContext().traceId).toBe(order?.spanContext().traceId);
      expect(attempt.parentSpanContext?.spanId).toBe(published?.spanContext().spanId);
      expect(attempt.attributes).toMatchObject({
        'posthorn.event.id': eventId,
        'server.address': '127.0.0.1',
      });
    }
    expect(attempts.map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.UNSET]);
    expect(attempts.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([500, 200]);
    expect(receiver.requests.map(({ headers }) => headers['traceparent'])).toEqual(
      attempts.map((attempt) => `00-${attempt.spanContext().traceId}-${attempt.spanContext().spanId}-01`),
    );
  });

  it('is passed on by an instance that traces nothing itself', async () => {
    traceWith();
    await createWebhook(app.http, receiver.url, { headers: { Traceparent: 'of the webhook' } });
    await record();
    const [published] = named('posthorn.publish');
    trace.disable();
    receiver.answer([500, 200]);
    await deliverDue();
    clock.advance(11_000);
    await deliverDue();
    const { traceId, spanId } = published!.spanContext();
    expect(receiver.requests.map(({ headers }) => headers['traceparent'])).toEqual([
      `00-${traceId}-${spanId}-01`,
      `00-${traceId}-${spanId}-01`,
    ]);
    expect(named('posthorn.attempt')).toEqual([]);
  });

  it('is kept in a redelivery by hand', async () => {
    traceWith();
    await createWebhook(app.http, receiver.url);
    await record();
    await deliverDue();
    const { id } = await onlyDelivery(app.http);
    await app.http.post(`/admin/deliveries/${id}/redeliver`).expect(202);
    await deliverDue();
    const ids = new Set(spans.getFinishedSpans().map((span) => span.spanContext().traceId));
    expect(named('posthorn.attempt')).toHaveLength(2);
    expect(ids.size).toBe(1);
  });

  it('is not there where nobody traces', async () => {
    await createWebhook(app.http, receiver.url);
    await publish(app.http);
    await deliverDue();
    expect(receiver.requests.map(({ headers }) => headers)).toEqual([
      expect.not.objectContaining({ traceparent: expect.anything() }),
    ]);
    const { manager } = app.get<DataSource>(getDataSourceToken());
    expect(await manager.query('SELECT context FROM webhook_events')).toEqual([{ context: null }]);
  });
});
