import { describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { type HttpAgent, type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, deliveries, type MadeWebhook, publish } from '../support/webhooks.js';

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
