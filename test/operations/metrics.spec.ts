import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { Metrics } from '../../src/operations/metrics/metrics.js';
import { describeOnAnyDatabase } from '../support/databases.js';
import { type HttpAgent, startApp } from '../support/start-app.js';
import { createWebhook, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

/** A metric's values by its labels, as Prometheus reads them. */
async function read(http: HttpAgent): Promise<Map<string, number>> {
  const { text, headers } = await http.get('/metrics').expect(200);
  expect(headers['content-type']).toMatch(/^text\/plain/);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describeOnAnyDatabase('The metrics', (kind) => {
  const { app, database, receiver, clock } = useStage(kind, {
    settings: { webhooks: { retrySchedule: [10] } },
    isRestarted: true,
  });

  it('tell what was made and sent, how it ended, and how long it took', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    receiver.answer([200, 500, 500]);
    await publish(app.http);
    await app.get(DeliveryWorker).runOnce();
    await publish(app.http);
    await app.get(DeliveryWorker).runOnce();
    clock.advance(11_000);
    await app.get(DeliveryWorker).runOnce();
    const metrics = await read(app.http);
    const of = (name: string) => metrics.get(name);
    expect(of(`posthorn_deliveries_made_total{webhook="${id}"}`)).toBe(2);
    expect(of(`posthorn_deliveries_ended_total{webhook="${id}",state="succeeded"}`)).toBe(1);
    expect(of(`posthorn_deliveries_ended_total{webhook="${id}",state="failed"}`)).toBe(1);
    expect(of(`posthorn_attempts_total{webhook="${id}",outcome="success"}`)).toBe(1);
    expect(of(`posthorn_attempts_total{webhook="${id}",outcome="failure"}`)).toBe(2);
    expect(of('posthorn_attempt_duration_seconds_count')).toBe(3);
    expect(of('posthorn_delivery_latency_seconds_count')).toBe(2);
    expect(of('posthorn_events_fanned_out_total')).toBeGreaterThanOrEqual(2);
    expect(of('posthorn_leases_lost_total')).toBe(0);
    expect(of('posthorn_in_flight')).toBe(0);
    expect(of('nodejs_eventloop_lag_p99_seconds')).toBeDefined();
  });

  it('tell what waits, and for how long', async () => {
    await createWebhook(app.http, receiver.url);
    receiver.answer(500);
    await publish(app.http);
    await app.get(DeliveryWorker).runOnce();
    clock.advance(70_000);
    await publish(app.http);
    const metrics = await read(app.http);
    expect(metrics.get('posthorn_backlog_deliveries')).toBe(1);
    expect(metrics.get('posthorn_backlog_events')).toBe(1);
    expect(metrics.get('posthorn_oldest_due_seconds')).toBeGreaterThan(55);
    expect(metrics.get('posthorn_sending_paused')).toBe(0);
    expect(metrics.get('posthorn_database_up')).toBe(1);
    // However much is waiting, this instance takes requests.
    await app.http.get('/health/ready').expect(200);
  });

  it('have at most so many webhooks, and the rest together', async () => {
    const metrics = app.get(Metrics);
    for (let n = 0; n < 130; n += 1) metrics.deliveryMade(`webhook-${n}`);
    metrics.deliveryMade('webhook-3');
    const made = [...(await read(app.http))].filter(([name]) =>
      name.startsWith('posthorn_deliveries_made_total'),
    );
    expect(made).toHaveLength(101);
    expect(new Map(made).get('posthorn_deliveries_made_total{webhook="webhook-3"}')).toBe(2);
    expect(new Map(made).get('posthorn_deliveries_made_total{webhook="other"}')).toBe(30);
  });

  it('say so when the database is away', async () => {
    await app.get<DataSource>(getDataSourceToken()).destroy();
    const metrics = await read(app.http);
    expect(metrics.get('posthorn_database_up')).toBe(0);
    expect(metrics.has('posthorn_backlog_deliveries')).toBe(false);
  });

  it('take no token where they are open', async () => {
    await app.httpAs(null).get('/metrics').expect(401);
    const open = await startApp({
      databaseUrl: database.url,
      settings: { metrics: { requireToken: false } },
    });
    try {
      await read(open.httpAs(null));
    } finally {
      await open.close();
    }
  });
});
