import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { AuditRetention } from '../../src/admin/audit/audit-retention.js';
import { ClockSteps } from '../../src/database/clock-steps.js';
import { ChangeLog } from '../../src/delivery/live-updates/change-log.js';
import { ChangeReader } from '../../src/delivery/live-updates/change-reader.js';
import { Retention } from '../../src/delivery/retention/retention.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { readPlan } from '../support/plans.js';
import { useStage } from '../support/stage.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';

const MINUTES_10 = 600_000;
const DAY_MS = 86_400_000;
const LEASE_MS = 30_000;

describeOnEveryDatabase('A clock that is set back', (kind) => {
  const { app, receiver, clock } = useStage(kind);

  const runOnce = () => app.get(DeliveryWorker).runOnce();
  const setBack = (ms: number = MINUTES_10) => clock.advance(-ms);
  const iso = (ms: number) => new Date(ms).toISOString();
  const list = async (path: string) => {
    const { body } = await app.http.get(path).expect(200);
    return (body as { data: { id: string }[] }).data.map(({ id }) => id);
  };

  it.each([1_000, MINUTES_10, 400 * DAY_MS])(
    'by %i ms delays no event, neither older nor newer',
    async (ms) => {
      await createWebhook(app.http, receiver.url);
      await publish(app.http, { n: 'while it was ahead' });
      setBack(ms);
      await publish(app.http, { n: 'after it was set right' });
      await runOnce();
      expect(receiver.requests.map((request) => request.json()['data'])).toEqual(
        expect.arrayContaining([{ n: 'while it was ahead' }, { n: 'after it was set right' }]),
      );
    },
  );

  it('lets a webhook that was made meanwhile miss nothing', async () => {
    await app.get(ClockSteps).check();
    await createWebhook(app.http, receiver.url);
    setBack();
    await publish(app.http, { n: 1 });
    await runOnce();
    await app.get(ClockSteps).check();
    clock.advance(1_000);
    await publish(app.http, { n: 2 });
    await runOnce();
    expect(receiver.requests.map((request) => request.json()['data'])).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('lets a retry come when it was meant to', async () => {
    await createWebhook(app.http, receiver.url, { retrySchedule: [10, 10] });
    receiver.answer([500, 200]);
    await publish(app.http);
    await runOnce();
    await app.get(ClockSteps).check();
    setBack();
    await app.get(ClockSteps).check();
    await runOnce();
    expect(receiver.requests).toHaveLength(1);
    clock.advance(12_000);
    await runOnce();
    expect(receiver.requests).toHaveLength(2);
    expect(await deliveries(app.http, '?state=succeeded')).toHaveLength(1);
  });

  it('lets the lease of an event end when it was meant to, whose process was killed', async () => {
    await createWebhook(app.http, receiver.url);
    const id = await publish(app.http);
    // So a process leaves it that is killed before it has written what it sent.
    await app
      .get<DataSource>(getDataSourceToken())
      .query("UPDATE webhook_events SET fan_out_due_at = ?, lease_token = 'dead' WHERE id = ?", [
        -(clock.now() + LEASE_MS),
        id,
      ]);
    await app.get(ClockSteps).check();
    setBack();
    await app.get(ClockSteps).check();
    await runOnce();
    expect(receiver.requests).toEqual([]);
    clock.advance(LEASE_MS + 2_000);
    await runOnce();
    expect(receiver.requests).toHaveLength(1);
  });

  it('leaves ranges of time to the recorded times, whatever the ids say', async () => {
    await createWebhook(app.http, receiver.url);
    await publish(app.http, { n: 'ahead' });
    await runOnce();
    setBack();
    const from = clock.now();
    const event = await publish(app.http, { n: 'right' });
    await runOnce();
    const range = `from=${iso(from)}&to=${iso(from + 60_000)}`;
    expect(await list(`/admin/events?${range}`)).toEqual([event]);
    const found = await deliveries(app.http, `?${range}`);
    expect(found.map(({ eventId }) => eventId)).toEqual([event]);
    const { body } = await app.http.get(`/admin/audit?${range}&action=webhook.create`).expect(200);
    expect((body as { data: unknown[] }).data).toEqual([]);
    await createWebhook(app.http, receiver.url);
    expect(await list(`/admin/audit?${range}&action=webhook.create`)).toHaveLength(1);
  });

  it('leaves recoveries to the recorded times', async () => {
    const { id } = await createWebhook(app.http, receiver.url, { retrySchedule: [] });
    receiver.answer(500);
    await publish(app.http, { n: 'ahead' });
    await runOnce();
    await app.get(ClockSteps).check();
    setBack();
    await app.get(ClockSteps).check();
    const since = clock.now();
    await publish(app.http, { n: 'right' });
    await runOnce();
    const recover = (body: object) => app.http.post(`/admin/webhooks/${id}/recover`).send(body).expect(202);
    clock.advance(1_000);
    const failed = await recover({ since: iso(since), until: iso(since + 500) });
    expect(failed.body).toMatchObject({ data: { matched: 1 } });
  });

  it('leaves retention to the recorded times', async () => {
    await createWebhook(app.http, receiver.url);
    clock.advance(400 * DAY_MS);
    await publish(app.http, { n: 'ahead' });
    await app.get(ClockSteps).check();
    setBack(400 * DAY_MS);
    await publish(app.http, { n: 'right' });
    await runOnce();
    await app.get(ClockSteps).check();
    clock.advance(100 * DAY_MS);
    await app.get(Retention).runOnce();
    const kept = (await app.http.get('/admin/events')).body as { data: { createdAt: string }[] };
    expect(kept.data.map(({ createdAt }) => Date.parse(createdAt) > clock.now())).toEqual([true]);
    await app.get(AuditRetention).runOnce();
  });

  it('does not keep changes from open pages', async () => {
    const reader = app.get(ChangeReader);
    await createWebhook(app.http, receiver.url);
    await reader.start();
    await publish(app.http, { n: 'ahead' });
    await runOnce();
    await app.get(ChangeLog).flush();
    expect((await reader.poll()).deliveries).toHaveLength(1);
    setBack();
    await publish(app.http, { n: 'right' });
    await runOnce();
    await app.get(ChangeLog).flush();
    expect((await reader.poll()).deliveries).toHaveLength(1);
    expect((await reader.poll()).deliveries).toHaveLength(0);
  });

  it('reads the changes of open pages through the index of their times', async () => {
    const dataSource = app.get<DataSource>(getDataSourceToken());
    const sql = 'SELECT id, at, changed FROM webhook_changes WHERE at >= ? ORDER BY at LIMIT 200';
    const { steps, sorts } = await readPlan(dataSource, { sql, parameters: [clock.now()] });
    expect(steps.map(({ key }) => key)).toEqual(['webhook_changes_by_time']);
    expect(sorts).toBe(false);
  });
});
