import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { availableDatabases, describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { ManualClock } from '../support/manual-clock.js';
import { startProcess } from '../support/process-app.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { type RunningApp, startApp, TEST_ADMIN_TOKEN } from '../support/start-app.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';

const dataOf = (receiver: Receiver) =>
  receiver.requests.map((request) => request.json()['data'] as { key: string; n: number });

describeOnEveryDatabase('Order by entry', (kind) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let app: RunningApp;
  let clock: ManualClock;

  const deliverDue = () => app.get(DeliveryWorker).runOnce();
  const change = (key: string, n: number) => publish(app.http, { key, n }, { model: 'order', key });

  beforeEach(async () => {
    database = await kind.create();
    receiver = await startReceiver();
    clock = new ManualClock();
    app = await startApp({
      databaseUrl: database.url,
      clock,
      settings: { delivery: { worker: false }, webhooks: { retrySchedule: [10, 10] } },
    });
    await createWebhook(app.http, receiver.url, { ordering: 'entry' });
  });

  afterEach(async () => {
    await app.close();
    await receiver.close();
    await database.drop();
  });

  it('sends the events of one thing one after another, in the order of their commits', async () => {
    for (let n = 1; n <= 5; n += 1) for (const key of ['a', 'b', 'c']) await change(key, n);
    await deliverDue();
    const seen = dataOf(receiver);
    expect(seen).toHaveLength(15);
    for (const key of ['a', 'b', 'c']) {
      expect(seen.filter((data) => data.key === key).map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
    }
  });

  it('lets later events of a thing wait while an earlier one is tried again, and others overtake', async () => {
    receiver.answer((request) => ({
      status:
        (request.json()['data'] as { key: string; n: number }).key === 'a' && clock.now() < failsUntil
          ? 500
          : 200,
    }));
    const failsUntil = clock.now() + 5_000;
    await change('a', 1);
    await change('a', 2);
    await change('b', 1);
    await deliverDue();
    expect(
      dataOf(receiver)
        .map(({ key, n }) => key + n)
        .toSorted(),
    ).toEqual(['a1', 'b1']);
    clock.advance(11_000);
    await deliverDue();
    expect(
      dataOf(receiver)
        .map(({ key, n }) => key + n)
        .slice(2),
    ).toEqual(['a1', 'a2']);
  });

  it('goes on with the next when one has used up its retries', async () => {
    receiver.answer((request) => ({ status: (request.json()['data'] as { n: number }).n === 1 ? 500 : 200 }));
    await change('a', 1);
    await change('a', 2);
    for (let turn = 0; turn < 3; turn += 1) {
      await deliverDue();
      clock.advance(11_000);
    }
    expect(dataOf(receiver).map(({ n }) => n)).toEqual([1, 1, 1, 2]);
  });

  it('sends what stands in no line, and what stood before order was asked for', async () => {
    await publish(app.http, { n: 1 });
    await deliverDue();
    expect(receiver.requests).toHaveLength(1);
  });
});

for (const kind of availableDatabases().filter(({ name }) => name === 'mysql')) {
  it('Order by entry holds with two instances, one of which is killed', async () => {
    const database = await kind.create();
    const receiver = await startReceiver();
    const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-data-'));
    const env = {
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      DELIVERY_LEASE_MS: '1500',
      DELIVERY_POLL_MS: '50',
      WEBHOOKS_RETRY_SCHEDULE: '0.1,0.1,0.1,0.1,0.1,0.1',
      WEBHOOKS_RETRY_JITTER: '0',
    };
    const instances = [await startProcess(env), await startProcess(env)] as const;
    try {
      const [first, second] = instances;
      const http = supertest.agent(second.baseUrl).set('Authorization', `Bearer ${TEST_ADMIN_TOKEN}`);
      let requests = 0;
      receiver.answer(() => {
        requests += 1;
        if (requests === 60) first.signal('SIGKILL');
        return { status: requests % 7 === 0 ? 500 : 200, delayMs: 2 };
      });
      const { id } = await createWebhook(http, receiver.url, { ordering: 'entry' });
      for (let n = 1; n <= 30; n += 1) {
        await Promise.all(
          ['a', 'b', 'c', 'd', 'e'].map((key) => publish(http, { key, n }, { model: 'order', key })),
        );
      }
      await receiver.received(150, 30_000);
      await eventually(async () => {
        expect(await deliveries(http, `?webhookId=${id}&state=pending`)).toEqual([]);
      }, 30_000);
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        const seen = dataOf(receiver)
          .filter((data) => data.key === key)
          .map(({ n }) => n);
        // Repeats stand right behind one another; nothing goes back to an earlier event.
        expect(seen).toEqual([...seen].toSorted((x, y) => x - y));
        expect(new Set(seen).size).toBe(30);
      }
    } finally {
      for (const instance of instances) await instance.end();
      await receiver.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 90_000);
}
