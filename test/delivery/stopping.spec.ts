import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Claim } from '../../src/delivery/model/claim.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { LocalQueues } from '../../src/delivery/worker/local-queues.js';
import { SendGate } from '../../src/delivery/worker/send-gate.js';
import { WorkFinder } from '../../src/delivery/worker/work-finder.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { databasesFor, describeOnAnyDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { useStage } from '../support/stage.js';
import { type HttpAgent, type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, deliveries, onlyDelivery, publish } from '../support/webhooks.js';

const change = (http: HttpAgent, id: string, more: object) =>
  http
    .put(`/admin/webhooks/${id}`)
    .send({ name: 'receiver', url: 'http://127.0.0.1:9/', headers: {}, events: ['*'], ...more })
    .expect(200);

describeOnAnyDatabase('A request asks as it goes out', (kind) => {
  const { app, receiver, clock } = useStage(kind);

  async function claimOne(): Promise<Claim> {
    const claims: Claim[] = [];
    await app.get(WorkFinder).poll(new LocalQueues(10, () => 0), true, (some) => claims.push(...some));
    const [claim] = claims;
    if (!claim) throw new Error('Nothing was claimed.');
    return claim;
  }

  const pauseWebhook = (_: HttpAgent, id: string) =>
    app
      .get<DataSource>(getDataSourceToken())
      .query('INSERT INTO webhook_health (webhook_id, paused_until) VALUES (?, ?)', [
        id,
        clock.now() + 60_000,
      ]);

  afterEach(() => app.get(SendGate).measureAgeBy(() => performance.now()));

  it.each<[string, (http: HttpAgent, id: string) => Promise<unknown>]>([
    ['deleted', (http, id) => http.delete(`/admin/webhooks/${id}`).expect(200)],
    ['disabled', (http, id) => http.post(`/admin/webhooks/${id}/disable`).expect(200)],
    ['sending-paused', (http) => http.post('/admin/sending/pause').expect(200)],
    ['paused', pauseWebhook],
    ['tenant', (http, id) => change(http, id, { tenant: 'another' })],
    ['no-consent', (http, id) => change(http, id, { format: 'cloudevents', cloudEventsHandshake: true })],
  ])('and is refused where meanwhile it is: %s', async (refusal, decide) => {
    const { id } = await createWebhook(app.http, receiver.url);
    await publish(app.http);
    const claim = await claimOne();
    const gate = app.get(SendGate);
    expect(gate.findRefusal(claim)).toBeNull();
    await decide(app.http, id);
    await gate.read();
    expect(gate.findRefusal(claim)).toBe(refusal);
    await app.http.post('/admin/sending/resume').expect(200);
  });

  it('and goes out on no copy of the decisions that is older than 500 ms', async () => {
    const gate = app.get(SendGate);
    const read = gate.read.bind(gate);
    let now = 0;
    gate.measureAgeBy(() => now);
    await createWebhook(app.http, receiver.url);
    await publish(app.http);
    gate.read = async () => {
      const decisions = await read();
      // The claim took so long, and now the database is away.
      now += 501;
      gate.read = () => Promise.reject(new Error('The database is away.'));
      return decisions;
    };
    await app.get(DeliveryWorker).runOnce();
    expect(receiver.requests).toEqual([]);

    gate.read = read;
    await app.get(DeliveryWorker).askAnew();
    await receiver.received(1);
    await eventually(async () => expect(await onlyDelivery(app.http)).toMatchObject({ state: 'succeeded' }));
  });

  it('and not where it waited in a queue and a person cancelled it meanwhile', async () => {
    await createWebhook(app.http, receiver.url, { retrySchedule: [60], timeoutMs: 30_000 });
    let answerAll = (): void => {};
    const ended = new Promise<void>((resolve) => (answerAll = resolve));
    receiver.answer(() => ended.then(() => ({ status: 200 })));
    for (let n = 0; n < 20; n += 1) await publish(app.http, { n });
    const running = app.get(DeliveryWorker).runOnce();
    // A webhook of which nothing is known has eight requests at a time: the others wait.
    await receiver.received(8);
    clock.advance(1_000);
    const { body } = await app.http
      .post('/admin/deliveries/cancel')
      .send({ filter: { event: 'order.shipped' } });
    expect(body).toEqual({ data: { cancelled: 20 } });
    await app.get(DeliveryWorker).askAnew();
    answerAll();
    await running;
    expect(receiver.requests).toHaveLength(8);
    expect(await deliveries(app.http, '?state=failed')).toHaveLength(20);
  });

  it('and what it refuses is handed back without a claim or an attempt', async () => {
    await createWebhook(app.http, receiver.url);
    await publish(app.http);
    const gate = app.get(SendGate);
    const find = gate.findRefusal.bind(gate);
    gate.findRefusal = () => 'paused';
    await app.get(DeliveryWorker).runOnce();
    expect(receiver.requests).toEqual([]);
    const [row] = await app
      .get<DataSource>(getDataSourceToken())
      .query<object[]>(
        'SELECT lease_token, claim_count, attempts_begun, attempt_count FROM webhook_deliveries',
      );
    expect(row).toEqual({ lease_token: null, claim_count: 0, attempts_begun: 0, attempt_count: 0 });
    gate.findRefusal = find;
    await app.get(DeliveryWorker).runOnce();
    expect(receiver.requests[0]?.headers['x-posthorn-attempt']).toBe('1');
  });
});

/** More than two instances have in flight. */
const EVENTS = 60;

// SQLite belongs to one process; several instances share MySQL.
for (const kind of databasesFor('server')) {
  describe('What two instances hold for a receiver that hangs', () => {
    let database: TestDatabase;
    let receiver: Receiver;
    let apps: RunningApp[];
    let one: RunningApp;
    let answerAll: () => void;

    beforeEach(async () => {
      database = await kind.create();
      receiver = await startReceiver();
      const ended = new Promise<void>((resolve) => (answerAll = resolve));
      receiver.answer(() => ended.then(() => ({ status: 500 })));
      apps = await Promise.all([1, 2].map(() => startApp({ databaseUrl: database.url })));
      one = apps[0] as RunningApp;
    });

    afterEach(async () => {
      answerAll();
      await receiver.close();
      for (const app of apps) await app.close();
      await database.drop();
    });

    /** Deliveries by whether a worker holds them, with the claims and attempts that were counted. */
    const rows = () =>
      one
        .get<DataSource>(getDataSourceToken())
        .query<{ state: string; reason: string | null; held: number; claims: number; begun: number }[]>(
          `SELECT state, reason, lease_token IS NOT NULL AS held, claim_count AS claims, attempts_begun AS begun
           FROM webhook_deliveries ORDER BY id`,
        );

    /**
     * Publishes at once: both have requests out, and hold more than they may send. No request counts as stalled, so that
     * nothing of it is handed back meanwhile, and no event waits for its fan-out any more.
     */
    async function hold(): Promise<string> {
      for (const app of apps) app.get(DeliveryWorker).measureAgeBy(() => 0);
      const { id } = await createWebhook(one.http, receiver.url, { timeoutMs: 30_000, retrySchedule: [60] });
      const published = Array.from({ length: EVENTS }, (_, n) =>
        publish((apps[n % 2] as RunningApp).http, { n }),
      );
      await Promise.all(published);
      await eventually(async () => {
        for (const app of apps) expect(app.get(DeliveryWorker).inFlight).toBeGreaterThan(0);
        const all = await rows();
        expect(all).toHaveLength(EVENTS);
        expect(all.filter(({ held }) => Number(held) === 1).length).toBeGreaterThan(receiver.requests.length);
      });
      return id;
    }

    /** Ends what is in flight, so that there would be room for what was held. */
    async function endRequests(): Promise<void> {
      const begun = receiver.requests.length;
      answerAll();
      await eventually(() => {
        for (const app of apps) expect(app.get(DeliveryWorker).inFlight).toBe(0);
      });
      expect(receiver.requests).toHaveLength(begun);
    }

    it.each<[string, (id: string) => Promise<unknown>]>([
      ['webhook-disabled', (id) => one.http.post(`/admin/webhooks/${id}/disable`).expect(200)],
      ['webhook-deleted', (id) => one.http.delete(`/admin/webhooks/${id}`).expect(200)],
    ])(
      'ends %s, and no request begins after it',
      async (reason, end) => {
        const id = await hold();
        await end(id);
        await eventually(async () => {
          const ended = (await rows()).filter((row) => row.reason === reason);
          expect(ended).toHaveLength(EVENTS - receiver.requests.length);
          expect(ended.every(({ begun }) => begun === 0)).toBe(true);
        });
        await endRequests();
      },
      30_000,
    );

    it('is handed back while sending is paused, and is sent as a first attempt when it goes on', async () => {
      await hold();
      await one.http.post('/admin/sending/pause').expect(200);
      const out = await eventually(async () => {
        const all = await rows();
        const held = all.filter((row) => Number(row.held) === 1);
        expect(held).toHaveLength(receiver.requests.length);
        const waiting = all.filter((row) => Number(row.held) === 0);
        expect(waiting.every(({ state, claims, begun }) => state === 'pending' && claims + begun === 0)).toBe(
          true,
        );
        return held.length;
      });
      receiver.answer(200);
      await one.http.post('/admin/sending/resume').expect(200);
      answerAll();
      await receiver.received(EVENTS, 20_000);
      const later = receiver.requests.slice(out);
      expect(new Set(later.map(({ headers }) => headers['x-posthorn-attempt']))).toEqual(new Set(['1']));
      await eventually(async () => {
        expect(await deliveries(one.http, '?state=succeeded&limit=200')).toHaveLength(EVENTS - out);
      });
    }, 40_000);
  });
}
