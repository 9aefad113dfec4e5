import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { RecoveryRunner } from '../../src/delivery/recovery/recovery-runner.js';
import { Retention } from '../../src/delivery/retention/retention.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { databasesFor, describeOnEveryDatabase, exceptOnOceanBase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { analyse, planOf, statementsOf, wholeScans } from '../support/explain.js';
import { startReceiver } from '../../src/testing/receiver.js';
import { seedHistory } from '../support/seed-history.js';
import { startApp, type StartAppOptions } from '../support/start-app.js';
import { createWebhook, deliveries, delivery, onlyDelivery, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

const DAY_MS = 86_400_000;
const TABLES = ['webhook_events', 'webhook_bodies', 'webhook_deliveries', 'webhook_attempts'];

describeOnEveryDatabase('Retention', (kind) => {
  const { app, receiver, clock } = useStage(kind, {
    settings: {
      webhooks: { retrySchedule: [60] },
      retention: { deliveriesDays: 10, payloadsDays: 10, attemptsDays: 10 },
    },
  });
  let webhookId: string;

  const deliverDue = () => app.get(DeliveryWorker).runOnce();
  const removeOld = () => app.get(Retention).runOnce();
  const query = <T>(sql: string, values: unknown[] = []) =>
    app.get<DataSource>(getDataSourceToken()).query<T>(sql, values);
  const count = async (table: string): Promise<number> => {
    const [row] = await query<{ n: string | number }[]>(`SELECT COUNT(*) AS n FROM ${table}`);
    return Number(row?.n);
  };
  const counts = async (): Promise<number[]> => Promise.all(TABLES.map(count));

  async function begin(settings?: StartAppOptions['settings']): Promise<void> {
    if (settings) await app.restart(settings);
    ({ id: webhookId } = await createWebhook(app.http, receiver.url));
  }

  it('removes what is older than it is kept, and nothing younger', async () => {
    await begin();
    await publish(app.http, { n: 'old' });
    await deliverDue();
    clock.advance(5 * DAY_MS);
    const young = await publish(app.http, { n: 'young' });
    await deliverDue();
    expect(await removeOld()).toEqual({});
    expect(await counts()).toEqual([2, 2, 2, 2]);

    clock.advance(5 * DAY_MS + 1_000);
    expect(await removeOld()).toEqual({ attempts: 1, deliveries: 1, events: 1 });
    expect(await counts()).toEqual([1, 1, 1, 1]);
    expect(await onlyDelivery(app.http)).toMatchObject({ eventId: young });
    expect(await removeOld()).toEqual({});
  });

  it('keeps payloads and attempts for a shorter time than deliveries where that is set', async () => {
    await begin({ retention: { deliveriesDays: 10, payloadsDays: 2, attemptsDays: 1 } });
    const eventId = await publish(app.http);
    await deliverDue();
    const { id } = await onlyDelivery(app.http);
    clock.advance(DAY_MS + 1_000);
    expect(await removeOld()).toEqual({ attempts: 1 });
    expect(await delivery(app.http, id)).toMatchObject({
      state: 'succeeded',
      attemptCount: 1,
      lastStatusCode: 200,
      attempts: [],
      request: { url: receiver.url },
    });
    clock.advance(DAY_MS);
    expect(await removeOld()).toEqual({ events: 1 });
    expect((await delivery(app.http, id)).request.body).toBeNull();
    await app.http.get(`/admin/events/${eventId}`).expect(404);
    clock.advance(8 * DAY_MS);
    expect(await removeOld()).toEqual({ deliveries: 1, requests: 1 });
    expect(await counts()).toEqual([0, 0, 0, 0]);
  });

  it('refuses to send again what it no longer has', async () => {
    await begin({ retention: { deliveriesDays: 0, payloadsDays: 2, attemptsDays: 0 } });
    const webhook = await createWebhook(app.http, receiver.url, { retrySchedule: [] });
    receiver.answer(500);
    await publish(app.http);
    await deliverDue();
    const [failed] = await deliveries(app.http, `?webhookId=${webhook.id}`);
    await app.http.post('/admin/deliveries/cancel').send({ filter: { webhookId } }).expect(200);
    clock.advance(3 * DAY_MS);
    await removeOld();
    const sent = receiver.requests.length;
    const refused = await app.http.post(`/admin/deliveries/${failed?.id}/redeliver`).expect(409);
    expect((refused.body as { error: { message: string } }).error.message).toBe(
      'What this delivery sent is no longer kept (the setting retention.payloadsDays), so it cannot be sent again.',
    );
    for (const [path, body] of [
      ['/admin/deliveries/redeliver', { filter: { state: 'failed' } }],
      [`/admin/webhooks/${webhook.id}/recover`, { since: clock.now() - 5 * DAY_MS, missed: true }],
    ] as const) {
      const asked = await app.http.post(path).send(body).expect(202);
      const { id, matched } = (asked.body as { data: { id: string; matched: number } }).data;
      while (await app.get(RecoveryRunner).runOnce());
      const progress = await app.http.get(`/admin/recoveries/${id}`).expect(200);
      expect(progress.body).toMatchObject({ data: { state: 'finished', matched, done: matched } });
    }
    await deliverDue();
    expect(receiver.requests).toHaveLength(sent);
    expect(await deliveries(app.http, '?state=pending')).toEqual([]);
  });

  it('never removes what is pending, nor what it has to send', async () => {
    await begin();
    const at = clock.now() - 50 * DAY_MS;
    await seedHistory(app, { webhookId, count: 3, at, state: 'pending' });
    await seedHistory(app, { webhookId, count: 3, at });
    expect(await removeOld()).toEqual({ attempts: 3, deliveries: 3, events: 3 });
    expect(await counts()).toEqual([3, 3, 3, 3]);
    await deliverDue();
    expect(await deliveries(app.http, '?state=succeeded')).toHaveLength(3);
    // They ended just now, and are kept from then on; what was sent is as old as its event.
    expect(await removeOld()).toEqual({ attempts: 3, events: 3 });
    clock.advance(11 * DAY_MS);
    expect(await removeOld()).toEqual({ attempts: 3, deliveries: 3, requests: 1 });
  });

  it('never removes what a redelivery or a recovery waits to send', async () => {
    await begin();
    const { deliveryIds } = await seedHistory(app, { webhookId, count: 3, at: clock.now() - 50 * DAY_MS });
    await app.http.post(`/admin/deliveries/${deliveryIds[0]}/redeliver`).expect(202);
    expect(await removeOld()).toEqual({ attempts: 3, deliveries: 2, events: 2 });
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
    expect(await delivery(app.http, deliveryIds[0] ?? '')).toMatchObject({ state: 'succeeded' });
  });

  it('never removes an event that is not fanned out', async () => {
    await begin();
    await publish(app.http);
    clock.advance(50 * DAY_MS);
    expect(await removeOld()).toEqual({});
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
    // The delivery was made today.
    expect(await removeOld()).toEqual({ events: 1 });
    expect(await deliveries(app.http)).toHaveLength(1);
  });

  it('does not take for missed what was delivered and removed', async () => {
    await begin({ retention: { deliveriesDays: 2, payloadsDays: 0, attemptsDays: 0 } });
    await publish(app.http);
    await deliverDue();
    clock.advance(3 * DAY_MS);
    expect(await removeOld()).toEqual({ deliveries: 1, requests: 1 });
    expect(await counts()).toEqual([1, 1, 0, 0]);
    const asked = await app.http
      .post(`/admin/webhooks/${webhookId}/recover`)
      .send({ since: clock.now() - 10 * DAY_MS, missed: true })
      .expect(202);
    expect(asked.body).toMatchObject({ data: { matched: 0 } });
    while (await app.get(RecoveryRunner).runOnce());
    expect(await deliveries(app.http)).toEqual([]);
  });

  it('removes idempotency keys and finished recoveries too', async () => {
    await begin();
    const send = () =>
      app.http.post('/admin/events').set('Idempotency-Key', 'k').send({ type: 'order.shipped', data: {} });
    const first = await send().expect(202);
    const filter = { state: 'failed' };
    await app.http.post('/admin/deliveries/redeliver').send({ filter }).expect(202);
    while (await app.get(RecoveryRunner).runOnce());
    await app.http.post('/admin/deliveries/redeliver').send({ filter }).expect(202);
    await deliverDue();
    clock.advance(9 * DAY_MS);
    await removeOld();
    expect((await send().expect(202)).body).toEqual(first.body);
    clock.advance(2 * DAY_MS);
    expect(await removeOld()).toMatchObject({ events: 1, 'idempotency keys': 1, recoveries: 1 });
    expect((await send().expect(202)).body).not.toEqual(first.body);
    expect(await count('webhook_recoveries')).toBe(1);
  });

  it('keeps everything for ever where 0 days are set', async () => {
    await begin({ retention: { deliveriesDays: 0, payloadsDays: 0, attemptsDays: 0 } });
    await seedHistory(app, { webhookId, count: 10, at: clock.now() - 10_000 * DAY_MS });
    expect(await removeOld()).toEqual({});
    expect(await counts()).toEqual([10, 10, 10, 10]);
  });

  it('removes any number in small batches, at most 500 rows a statement', async () => {
    await begin();
    const at = clock.now() - 50 * DAY_MS;
    await seedHistory(app, { webhookId, count: 1_300, at, attempts: 3 });
    const [one] = (await seedHistory(app, { webhookId, count: 1, at: at + 5_000, attempts: 700 }))
      .deliveryIds;
    const statements = await statementsOf(app, async () => {
      expect(await removeOld()).toEqual({ attempts: 4_600, deliveries: 1_301, events: 1_301 });
    });
    expect(await counts()).toEqual([0, 0, 0, 0]);
    expect(one).toBeDefined();
    const removing = statements.filter(({ sql }) => sql.startsWith('DELETE'));
    expect(removing.length).toBeGreaterThan(3);
    for (const { parameters } of removing) {
      const [first] = parameters;
      const keys =
        kind.dialect === 'mysql' ? (JSON.parse(String(first)) as string[]) : parameters.slice(0, -1);
      expect(keys.length).toBeLessThanOrEqual(500);
    }
  }, 60_000);

  exceptOnOceanBase(it, 'It joins some thousand rows by reading them whole, whatever is hinted.')(
    'reads through indices, however long the history is',
    async () => {
      await begin();
      const at = clock.now() - 50 * DAY_MS;
      await seedHistory(app, { webhookId, count: 1_200, at });
      await seedHistory(app, { webhookId, count: 100, at: at + 5_000, state: 'pending' });
      await seedHistory(app, { webhookId, count: 20_000, at: clock.now() - DAY_MS, state: 'succeeded' });
      await query(`INSERT INTO webhook_idempotency_keys (key_hash, event_id, request_hash, created_at) VALUES
      ${Array.from({ length: 2_000 }, (_, n) => `('k${n}','e','r',${n < 100 ? at : clock.now()})`).join(',')}`);
      await analyse(app, [...TABLES, 'webhook_idempotency_keys']);
      const statements = await statementsOf(app, removeOld);
      expect(statements.length).toBeGreaterThan(12);
      const tables = [...TABLES, 'webhook_idempotency_keys'];
      expect(await wholeScans(app, statements, tables)).toEqual([]);
      const keys = statements.find(({ sql }) => sql.startsWith('SELECT key_hash'));
      expect(keys && (await planOf(app, keys))[0]?.said).toContain('webhook_idempotency_keys_by_age');
    },
    60_000,
  );
});

describeOnEveryDatabase('Retention beside the work', (kind) => {
  it('goes on while events are delivered, and ends with the application', async () => {
    const database = await kind.create();
    const receiver = await startReceiver();
    const app = await startApp({ databaseUrl: database.url });
    try {
      const { id } = await createWebhook(app.http, receiver.url);
      await seedHistory(app, { webhookId: id, count: 5_000, at: Date.now() - 200 * DAY_MS });
      const removing = app.get(Retention).runOnce();
      for (let n = 0; n < 50; n += 1) await publish(app.http, { n });
      await receiver.received(50);
      expect(await removing).toEqual({ attempts: 5_000, deliveries: 5_000, events: 5_000 });

      await seedHistory(app, { webhookId: id, count: 5_000, at: Date.now() - 200 * DAY_MS });
      const cutOff = app.get(Retention).runOnce();
      await eventually(async () => {
        const [row] = await app
          .get<DataSource>(getDataSourceToken())
          .query<{ n: string | number }[]>('SELECT COUNT(*) AS n FROM webhook_attempts');
        expect(Number(row?.n)).toBeLessThan(5_000);
      });
      await app.close();
      expect((await cutOff)['attempts'] ?? 0).toBeLessThan(5_000);
    } finally {
      await app.close().catch(() => undefined);
      await receiver.close();
      await database.drop();
    }
  }, 60_000);
});

// SQLite belongs to one process; several instances share MySQL.
for (const kind of databasesFor('server')) {
  describe('Retention on several instances', () => {
    it('looks at no row but those that it removes, also where little else is left', async () => {
      const database = await kind.create();
      const receiver = await startReceiver();
      const app = await startApp({ databaseUrl: database.url, settings: { delivery: { worker: false } } });
      try {
        const { id: webhookId } = await createWebhook(app.http, receiver.url);
        const at = Date.now() - 200 * DAY_MS;
        const waiting = await seedHistory(app, { webhookId, count: 3, at, state: 'pending' });
        await seedHistory(app, { webhookId, count: 499, at: at + 5_000 });
        await app.get<DataSource>(getDataSourceToken()).transaction(async (manager) => {
          for (const table of ['webhook_deliveries WHERE id', 'webhook_attempts WHERE delivery_id']) {
            await manager.query(`SELECT 1 FROM ${table} IN (?) FOR UPDATE`, [waiting.deliveryIds]);
          }
          await manager.query('SELECT 1 FROM webhook_events WHERE id IN (?) FOR UPDATE', [waiting.eventIds]);
          await manager.query('SELECT 1 FROM webhook_bodies WHERE event_id IN (?) FOR UPDATE', [
            waiting.eventIds,
          ]);
          expect(await app.get(Retention).runOnce()).toMatchObject({ deliveries: 499, events: 499 });
        });
      } finally {
        await app.close();
        await receiver.close();
        await database.drop();
      }
    }, 40_000);

    it('removes each thing once, and waits for nobody', async () => {
      const database = await kind.create();
      const receiver = await startReceiver();
      const settings = { delivery: { worker: false } };
      const apps = await Promise.all([1, 2, 3].map(() => startApp({ databaseUrl: database.url, settings })));
      try {
        const [first] = apps;
        if (!first) throw new Error('Instances were to be started.');
        const { id } = await createWebhook(first.http, receiver.url);
        const { deliveryIds } = await seedHistory(first, {
          webhookId: id,
          count: 3_000,
          at: Date.now() - 200 * DAY_MS,
        });
        const dataSource = first.get<DataSource>(getDataSourceToken());
        // Somebody holds one of them meanwhile, as a claim does.
        await dataSource.transaction(async (manager) => {
          await manager.query('SELECT id FROM webhook_deliveries WHERE id = ? FOR UPDATE', [deliveryIds[7]]);
          const removed = await Promise.all(apps.map((app) => app.get(Retention).runOnce()));
          const sum = removed.reduce((all, one) => all + (one['deliveries'] ?? 0), 0);
          expect(sum).toBe(2_999);
        });
        const [left] = await dataSource.query<{ n: string | number }[]>(
          'SELECT COUNT(*) AS n FROM webhook_deliveries',
        );
        expect(Number(left?.n)).toBe(1);
        expect(await first.get(Retention).runOnce()).toMatchObject({ deliveries: 1 });
      } finally {
        for (const app of apps) await app.close();
        await receiver.close();
        await database.drop();
      }
    }, 60_000);
  });
}
