import { EventEmitter2 } from '@nestjs/event-emitter';
import { DataSource } from 'typeorm';
import { RecoveryRunner } from '../../src/delivery/recovery/recovery-runner.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { WebhookTenantChanged } from '../../src/events/webhook-signals.js';
import { describeOnAnyDatabase, describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { type HttpAgent, type RunningApp, startApp } from '../support/start-app.js';
import { recover, redeliver } from '../support/recoveries.js';
import { useStage } from '../support/stage.js';
import {
  createWebhook,
  deliveries,
  delivery,
  type MadeWebhook,
  onlyDelivery,
  publish,
} from '../support/webhooks.js';

const EVENTS = 500;

describeOnAnyDatabase('Tenants', (kind) => {
  let database: TestDatabase;
  let app: RunningApp;
  let receivers: Record<'a' | 'b' | 'all', Receiver>;
  let webhooks: Record<'a' | 'b' | 'all', MadeWebhook>;
  let as: Record<'a' | 'b', HttpAgent>;

  beforeAll(async () => {
    database = await kind.create();
    receivers = { a: await startReceiver(), b: await startReceiver(), all: await startReceiver() };
    app = await startApp({ databaseUrl: database.url });
    const tokenOf = async (tenant: string) => {
      const made = await app.http
        .post('/admin/tokens')
        .send({ name: tenant, scopes: ['*'], tenant })
        .expect(201);
      return app.httpAs((made.body as { data: { token: string } }).data.token);
    };
    as = { a: await tokenOf('a'), b: await tokenOf('b') };
    webhooks = {
      a: await createWebhook(as.a, receivers.a.url),
      b: await createWebhook(app.http, receivers.b.url, { tenant: 'b' }),
      all: await createWebhook(app.http, receivers.all.url),
    };
    for (let n = 0; n < EVENTS; n += 10) {
      await Promise.all(
        Array.from({ length: 10 }, async (_, i) => {
          await publish(as.a, { of: 'a', n: n + i });
          await publish(app.http, { of: 'b', n: n + i }, { tenant: 'b' });
        }),
      );
    }
    await receivers.all.received(2 * EVENTS, 20_000);
    await receivers.a.received(EVENTS, 20_000);
    await receivers.b.received(EVENTS, 20_000);
  }, 60_000);

  afterAll(async () => {
    await app.close();
    for (const receiver of Object.values(receivers)) await receiver.close();
    await database.drop();
  });

  it('get their own events, each once, and nobody else’s', () => {
    for (const tenant of ['a', 'b'] as const) {
      const data = receivers[tenant].requests.map(
        (request) => request.json()['data'] as { of: string; n: number },
      );
      expect(data.every(({ of }) => of === tenant)).toBe(true);
      expect(new Set(data.map(({ n }) => n)).size).toBe(EVENTS);
      expect(data).toHaveLength(EVENTS);
    }
    expect(receivers.all.requests).toHaveLength(2 * EVENTS);
  });

  it('list their own webhooks, deliveries and events alone', async () => {
    await eventually(async () =>
      expect(await deliveries(as.a, '?state=succeeded&limit=200')).toHaveLength(200),
    );
    for (const tenant of ['a', 'b'] as const) {
      const other = tenant === 'a' ? 'b' : 'a';
      const listed = await as[tenant].get('/admin/webhooks').expect(200);
      expect((listed.body as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual([
        webhooks[tenant].id,
      ]);
      expect((await deliveries(as[tenant])).every(({ webhookId }) => webhookId === webhooks[tenant].id)).toBe(
        true,
      );
      expect(await deliveries(as[tenant], `?tenant=${other}`)).toEqual([]);
      const events = await as[tenant].get('/admin/events').expect(200);
      expect((events.body as { data: { tenant: string }[] }).data.every((one) => one.tenant === tenant)).toBe(
        true,
      );
    }
    expect(await deliveries(app.http, '?tenant=b&limit=200')).toHaveLength(200);
  });

  it('get 404 for what is another’s', async () => {
    const [delivery] = await deliveries(as.b);
    const [event] = ((await as.b.get('/admin/events').expect(200)).body as { data: { id: string }[] }).data;
    const webhook = webhooks.b.id;
    const body = { name: 'x', url: receivers.a.url, headers: {}, events: [] };
    await as.a.get(`/admin/webhooks/${webhook}`).expect(404);
    await as.a.put(`/admin/webhooks/${webhook}`).send(body).expect(404);
    await as.a.delete(`/admin/webhooks/${webhook}`).expect(404);
    await as.a.post(`/admin/webhooks/${webhook}/trigger`).expect(404);
    await as.a.post(`/admin/webhooks/${webhook}/disable`).expect(404);
    await as.a.get(`/admin/webhooks/${webhook}/secret`).expect(404);
    await as.a.get(`/admin/webhooks/${webhook}/deliveries`).expect(404);
    await as.a.get(`/admin/webhooks/${webhooks.all.id}`).expect(404);
    await as.a.get(`/admin/deliveries/${delivery?.id}`).expect(404);
    await as.a.post(`/admin/deliveries/${delivery?.id}/redeliver`).expect(404);
    await as.a.post(`/admin/deliveries/${delivery?.id}/cancel`).expect(404);
    await as.a.get(`/admin/events/${event?.id}`).expect(404);
  });

  it('cannot make things for another', async () => {
    await as.a.post('/admin/events').send({ type: 'order.shipped', data: {}, tenant: 'b' }).expect(403);
    await as.a
      .post('/admin/webhooks')
      .send({ name: 'x', url: receivers.a.url, headers: {}, events: [], tenant: 'b' })
      .expect(403);
  });
});

describeOnEveryDatabase('A webhook that goes to another tenant', (kind) => {
  const { app, receiver, clock } = useStage(kind, { settings: { webhooks: { retrySchedule: [60] } } });

  const deliverDue = () => app.get(DeliveryWorker).runOnce();
  const sent = () => receiver.requests.map(({ path, json }) => [path, json()['data']]);
  const body = (tenant: string | null) => ({
    name: 'receiver',
    url: `${receiver.url}/of-${tenant}`,
    headers: {},
    events: ['*'],
    tenant,
  });
  const make = (tenant: string | null) => createWebhook(app.http, receiver.url, body(tenant));
  const move = (id: string, tenant: string | null) =>
    app.http.put(`/admin/webhooks/${id}`).send(body(tenant));
  const asTenant = async (tenant: string): Promise<HttpAgent> => {
    const token = { name: tenant, scopes: ['*'], tenant };
    const { body: made } = await app.http.post('/admin/tokens').send(token).expect(201);
    return app.httpAs((made as { data: { token: string } }).data.token);
  };

  /** Publishes events of tenants, whose deliveries fail for good. */
  async function fail(...tenants: string[]): Promise<void> {
    for (const tenant of tenants) await publish(app.http, { of: tenant }, { tenant });
    receiver.answer(500);
    await deliverDue();
    clock.advance(120_000);
    await deliverDue();
    receiver.answer(200);
    receiver.requests.length = 0;
  }

  /** Does what was asked for, and everything that follows from it. */
  async function runAll(): Promise<void> {
    do {
      await deliverDue();
    } while (await app.get(RecoveryRunner).runOnce());
    clock.advance(120_000);
    await deliverDue();
  }

  it('leaves its pending deliveries behind: they end in the transaction of the change', async () => {
    const { id } = await make('a');
    receiver.answer(500);
    await publish(app.http, {}, { tenant: 'a' });
    await deliverDue();

    const emitter = app.get(EventEmitter2);
    const refuse = async () => Promise.reject(new Error('The change is refused.'));
    emitter.on(WebhookTenantChanged.changing, refuse);
    await move(id, 'b').expect(500);
    emitter.off(WebhookTenantChanged.changing, refuse);
    expect(await onlyDelivery(app.http)).toMatchObject({ state: 'pending', reason: null });

    await move(id, 'b').expect(200);
    const ended = { state: 'failed', reason: 'tenant-changed', nextAttemptAt: null };
    expect(await onlyDelivery(app.http)).toMatchObject(ended);
    expect(await deliveries(app.http, '?state=failed')).toMatchObject([ended]);
    expect(await deliveries(await asTenant('a'))).toMatchObject([ended]);
    expect(await deliveries(await asTenant('b'))).toEqual([]);
    await runAll();
    expect(receiver.requests).toHaveLength(1);
  });

  it('sends nothing of the tenant before, however it is asked to', async () => {
    const { id } = await make('a');
    await fail('a', 'a');
    const since = new Date(clock.now() - 600_000).toISOString();
    await move(id, 'b').expect(200);
    const [first] = await deliveries(app.http);
    const [a, b] = [await asTenant('a'), await asTenant('b')];

    expect(await recover(b, id, { since, missed: true })).toMatchObject({ matched: 0 });
    expect(await recover(app.http, id, { since, missed: true })).toMatchObject({ matched: 0 });
    await redeliver(app.http, { webhookId: id });
    await redeliver(a, { webhookId: id });
    for (const http of [a, app.http]) {
      const refused = await http.post(`/admin/deliveries/${first?.id}/redeliver`).expect(409);
      expect(refused.body.error.message).toMatch(/went to another tenant/);
    }
    await runAll();
    expect(sent()).toEqual([]);

    await publish(app.http, { of: 'b' }, { tenant: 'b' });
    await runAll();
    expect(sent()).toEqual([['/of-b', { of: 'b' }]]);
  });

  it('sends nothing of the tenant before when it belongs to nobody, whose URL and answers the tenant would read', async () => {
    const { id } = await make('a');
    await fail('a', 'a');
    receiver.answer(500);
    await publish(app.http, { of: 'waiting' }, { tenant: 'a' });
    await deliverDue();
    receiver.answer(200);
    receiver.requests.length = 0;
    await move(id, null).expect(200);
    const [first] = await deliveries(app.http);
    const a = await asTenant('a');

    const since = new Date(clock.now() - 600_000).toISOString();
    expect(await recover(app.http, id, { since, missed: true })).toMatchObject({ matched: 0 });
    await redeliver(app.http, { webhookId: id });
    await redeliver(a, { webhookId: id });
    for (const http of [a, app.http]) {
      await http.post(`/admin/deliveries/${first?.id}/redeliver`).expect(409);
    }
    await runAll();
    expect(sent()).toEqual([]);

    await publish(app.http, { of: 'a' }, { tenant: 'a' });
    await runAll();
    expect(sent()).toEqual([['/of-null', { of: 'a' }]]);
  });

  it('recovers of what it had before a tenant only what was of its tenant', async () => {
    const { id } = await make(null);
    await fail('a', 'b', 'a');
    await move(id, 'b').expect(200);
    await recover(app.http, id, { since: new Date(clock.now() - 600_000).toISOString() });
    await redeliver(app.http, { webhookId: id });
    await runAll();
    expect(sent().map(([, data]) => data)).toEqual([{ of: 'b' }, { of: 'b' }]);
  });

  it('ends a recovery that was begun for the tenant before, and what waits for a redelivery', async () => {
    const { id } = await make('a');
    await fail('a', 'b');
    await recover(app.http, id, { since: new Date(clock.now() - 600_000).toISOString() });
    const [first] = await deliveries(app.http);
    await app.http.post(`/admin/deliveries/${first?.id}/redeliver`).expect(202);
    await move(id, 'b').expect(200);
    await runAll();
    expect(sent()).toEqual([]);
  });

  it.each(["'b'", 'NULL'])(
    'is found out by the claim where an earlier release made the change to %s',
    async (tenant) => {
      const { id } = await make('a');
      receiver.answer(500);
      await publish(app.http, {}, { tenant: 'a' });
      await deliverDue();
      const dataSource = app.get(DataSource);
      await dataSource.query(`UPDATE webhooks SET tenant = ${tenant} WHERE id = ?`, [id]);
      await dataSource.query('UPDATE webhook_registry SET version = version + 1');
      clock.advance(120_000);
      await deliverDue();
      expect(await onlyDelivery(app.http)).toMatchObject({ state: 'failed', reason: 'tenant-changed' });
      expect(receiver.requests).toHaveLength(1);
    },
  );

  it('is not shown to the tenant before in the deliveries that it left behind', async () => {
    const { id } = await make('a');
    await app.http.post('/admin/sending/pause').expect(200);
    await publish(app.http, {}, { tenant: 'a' });
    await deliverDue();
    const [waiting] = await deliveries(app.http);
    const a = await asTenant('a');
    expect((await delivery(a, waiting?.id ?? '')).request.url).toMatch(/of-a$/);
    await move(id, 'b').expect(200);
    expect((await delivery(a, waiting?.id ?? '')).request.url).toBeNull();
  });
});
