import { databasesFor, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { type HttpAgent, type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, deliveries } from '../support/webhooks.js';

const EVENTS = 2_000;
const TOGETHER = 20;

async function publishFrom(http: HttpAgent, first: number): Promise<void> {
  const events = Array.from({ length: TOGETHER }, (_, i) => ({
    type: 'order.created',
    data: { n: first + i },
  }));
  await http.post('/admin/events').send(events).expect(202);
}

// SQLite belongs to one process; several instances share MySQL.
for (const kind of databasesFor('server')) {
  describe('Two instances on one MySQL', () => {
    let database: TestDatabase;
    let receiver: Receiver;
    let apps: RunningApp[];

    beforeEach(async () => {
      database = await kind.create();
      receiver = await startReceiver();
      apps = await Promise.all([1, 2].map(() => startApp({ databaseUrl: database.url })));
    });

    afterEach(async () => {
      for (const app of apps) await app.close();
      await receiver.close();
      await database.drop();
    });

    it(`deliver ${EVENTS} events exactly once each as long as nobody dies`, async () => {
      const [one, two] = apps;
      if (!one || !two) throw new Error('Two instances were to be started.');
      await createWebhook(one.http, receiver.url);
      for (let n = 0; n < EVENTS; n += 2 * TOGETHER) {
        await Promise.all([publishFrom(one.http, n), publishFrom(two.http, n + TOGETHER)]);
      }
      await receiver.received(EVENTS, 120_000);
      await eventually(async () => {
        expect(await deliveries(one.http, '?state=pending')).toEqual([]);
      });
      const numbers = receiver.requests.map((request) => (request.json()['data'] as { n: number }).n);
      expect(numbers).toHaveLength(EVENTS);
      expect(new Set(numbers).size).toBe(EVENTS);
      expect(await deliveries(two.http, '?state=failed')).toEqual([]);
    }, 240_000);
  });
}
