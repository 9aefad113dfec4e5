import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { OverviewView } from '../../src/delivery/rollups/overview.js';
import type { ReceiverHealthView } from '../../src/delivery/rollups/receiver-health.js';
import { RollupWriter } from '../../src/delivery/rollups/rollup-writer.js';
import { Retention } from '../../src/delivery/retention/retention.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { type HttpAgent } from '../support/start-app.js';
import { createWebhook, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

const NOON = Date.UTC(2030, 0, 10, 12, 0, 30);
const MINUTE = 60_000;
const DAY = 86_400_000;

describeOnEveryDatabase('What is counted by the minute', (kind) => {
  const { app, receiver, clock } = useStage(kind, {
    clock: NOON,
    settings: { webhooks: { retrySchedule: [10] } },
  });

  async function deliverDue(): Promise<void> {
    await app.get(DeliveryWorker).runOnce();
    await app.get(RollupWriter).flush();
  }

  async function overview(http: HttpAgent = app.http, query = ''): Promise<OverviewView> {
    return (await http.get(`/admin/overview${query}`).expect(200)).body.data;
  }

  async function healthOf(http: HttpAgent = app.http): Promise<ReceiverHealthView[]> {
    return (await http.get('/admin/webhooks/health').expect(200)).body.data;
  }

  async function tokenOf(tenant: string): Promise<HttpAgent> {
    const { body } = await app.http.post('/admin/tokens').send({ name: tenant, scopes: ['*'], tenant });
    return app.httpAs(body.data.token);
  }

  const rowsIn = (table: string): Promise<Record<string, number | string>[]> =>
    app.get<DataSource>(getDataSourceToken()).query(`SELECT * FROM ${table} ORDER BY webhook_id, tenant, at`);

  it('is a day without anything where nothing happened', async () => {
    const view = await overview();
    expect(view).toMatchObject({
      stepMinutes: 10,
      to: new Date(NOON).toISOString(),
      totals: { events: 0, deliveries: 0, attempts: 0, successShare: null, p50Ms: null, p95Ms: null },
      backlog: { pending: 0, capped: false, eventsToFanOut: 0, oldestDueAt: null, oldestAgeMs: null },
      webhooks: [],
      sendingPaused: false,
    });
    expect(view.series).toHaveLength(144);
    expect(view.series.at(-1)?.at).toBe('2030-01-10T12:00:00.000Z');
  });

  it('has events, deliveries, attempts and how they ended, in their minutes', async () => {
    const webhook = await createWebhook(app.http, receiver.url);
    receiver.answer([200, 500, 200, 500, 500]);
    await publish(app.http);
    await deliverDue();
    clock.advance(MINUTE);
    await publish(app.http);
    await deliverDue();
    clock.advance(11_000);
    await deliverDue();
    await publish(app.http);
    await deliverDue();
    clock.advance(11_000);
    await deliverDue();

    const { series, totals, webhooks } = await overview(app.http, '?hours=1');
    const lively = series.filter(({ attempts }) => attempts > 0);
    expect(lively).toMatchObject([
      { at: '2030-01-10T12:00:00.000Z', events: 1, deliveries: 1, succeeded: 1, failed: 0, attempts: 1 },
      // The third event's exhaustion makes an event of its own, which is fanned out to nobody who asked for "*".
      { at: '2030-01-10T12:01:00.000Z', deliveries: 2, succeeded: 1, failed: 1, attempts: 4 },
    ]);
    expect(totals).toMatchObject({ deliveries: 3, succeeded: 2, failed: 1, attempts: 5, successShare: 0.4 });
    expect(totals.p95Ms).toBeGreaterThan(0);
    expect(webhooks).toMatchObject([{ id: webhook.id, name: 'receiver', attempts: 5, successShare: 0.4 }]);
    const [health] = await healthOf();
    expect(health).toMatchObject({ id: webhook.id, attempts: 5, successShare: 0.4 });
    expect(health?.lastAttemptAt).toContain('2030-01-10T12:01:');
    expect(health?.sparkline).toHaveLength(24);
    expect(health?.sparkline.at(-1)).toEqual({ at: '2030-01-10T12:00:00.000Z', succeeded: 2, failed: 3 });
  });

  it.each([
    ['1', 1, 60],
    ['6', 2, 180],
    ['24', 10, 144],
    ['168', 60, 168],
  ])('for %s hours has steps of %d minutes', async (hours, stepMinutes, points) => {
    await createWebhook(app.http, receiver.url);
    await publish(app.http);
    await deliverDue();
    const view = await overview(app.http, `?hours=${hours}`);
    expect([view.stepMinutes, view.series.length]).toEqual([stepMinutes, points]);
    expect(view.series.at(-1)).toMatchObject({ events: 1, succeeded: 1 });
    expect(view.webhooks).toHaveLength(1);
  });

  it('refuses other spans', async () => {
    const { body } = await app.http.get('/admin/overview?hours=25').expect(400);
    expect(body.error.message).toBe('hours must be one of: 1, 6, 24, 168');
  });

  it('is added to by everyone who flushes, whatever stands', async () => {
    await createWebhook(app.http, receiver.url);
    for (let n = 0; n < 3; n += 1) {
      await publish(app.http);
      await deliverDue();
    }
    for (const table of ['webhook_minutes', 'webhook_hours']) {
      const rows = await rowsIn(table);
      expect(rows.map(({ webhook_id, attempts, events }) => [webhook_id !== '', attempts, events])).toEqual([
        [false, 3, 3],
        [true, 3, 0],
      ]);
    }
  });

  it('has what ended without an attempt', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    receiver.answer(500);
    await publish(app.http);
    await deliverDue();
    await app.http.post(`/admin/webhooks/${id}/disable`).expect(200);
    await deliverDue();
    expect((await overview()).totals).toMatchObject({ deliveries: 1, succeeded: 0, failed: 1, attempts: 1 });
  });

  it('leaves tests out', async () => {
    const { id } = await createWebhook(app.http, receiver.url);
    await app.http.post(`/admin/webhooks/${id}/trigger`).expect(200);
    await app.get(RollupWriter).flush();
    expect((await overview()).totals).toMatchObject({ deliveries: 0, attempts: 0 });
  });

  it('is written at the end', async () => {
    await createWebhook(app.http, receiver.url);
    await publish(app.http);
    await app.get(DeliveryWorker).runOnce();
    await app.restart();
    expect((await overview()).totals).toMatchObject({ events: 1, succeeded: 1 });
  });

  it('shows a tenant its own alone', async () => {
    const [acme, beta] = [await tokenOf('acme'), await tokenOf('beta')];
    const own = await createWebhook(acme, receiver.url);
    await createWebhook(beta, receiver.url);
    const { id } = await createWebhook(app.http, receiver.url);
    await app.http.post(`/admin/webhooks/${id}/disable`).expect(200);
    receiver.answer((request) => ({
      status: request.json<{ data: { n: number } }>().data.n === 1 ? 200 : 500,
    }));
    await publish(acme, { n: 1 });
    await publish(beta, { n: 2 });
    await publish(beta, { n: 3 });
    await deliverDue();

    expect(await overview(acme)).toMatchObject({
      totals: { events: 1, deliveries: 1, succeeded: 1, attempts: 1, successShare: 1 },
      backlog: { pending: 0, oldestDueAt: null },
      webhooks: [{ id: own.id, attempts: 1 }],
    });
    expect((await healthOf(acme)).map(({ id, attempts }) => [id, attempts])).toEqual([[own.id, 1]]);
    expect(await overview(beta)).toMatchObject({
      totals: { events: 2, deliveries: 2, succeeded: 0, attempts: 2, successShare: 0 },
      backlog: { pending: 2, capped: false },
    });
    expect(await overview()).toMatchObject({
      totals: { events: 3, deliveries: 3, succeeded: 1, attempts: 3 },
      backlog: { pending: 2 },
    });
    expect(await healthOf()).toHaveLength(3);
  });

  it('tells what waits, and since when', async () => {
    await createWebhook(app.http, receiver.url);
    receiver.answer(500);
    await publish(app.http);
    await publish(app.http);
    expect((await overview()).backlog).toMatchObject({ pending: 0, eventsToFanOut: 2 });
    await deliverDue();
    const soon = (await overview()).backlog;
    expect(soon).toMatchObject({ pending: 2, eventsToFanOut: 0, oldestAgeMs: 0 });
    clock.advance(70_000);
    const { oldestAgeMs, oldestDueAt } = (await overview()).backlog;
    expect(oldestDueAt).toBe(soon.oldestDueAt);
    expect(oldestAgeMs).toBe(clock.now() - Date.parse(oldestDueAt ?? ''));
  });

  it('is removed when it was kept long enough: minutes after two days, hours as the setting says', async () => {
    await createWebhook(app.http, receiver.url);
    const keep = async (days: number) => {
      clock.set(NOON + days * DAY);
      await app.get(Retention).runOnce();
      return [(await rowsIn('webhook_minutes')).length, (await rowsIn('webhook_hours')).length];
    };
    await publish(app.http);
    await deliverDue();
    expect(await keep(1)).toEqual([2, 2]);
    expect(await keep(3)).toEqual([0, 2]);
    expect(await keep(31)).toEqual([0, 0]);
  });
});
