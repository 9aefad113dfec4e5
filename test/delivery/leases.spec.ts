import type { Claim } from '../../src/delivery/claiming/claim.js';
import { type Attempt, Sender } from '../../src/delivery/sending/sender.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { ManualClock } from '../support/manual-clock.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';

const LEASE_MS = 30_000;
const EVENTS = 4;

describeOnEveryDatabase('A claim whose lease has run out', (kind) => {
  let database: TestDatabase;
  let app: RunningApp;
  let clock: ManualClock;
  let sent: { eventId: string; leaseLeftMs: number }[];

  /** Stands still past the lease in the midst of its first request, as a process does that is stopped. */
  const sender = {
    send: async (claim: Claim): Promise<Attempt> => {
      sent.push({ eventId: claim.eventId, leaseLeftMs: claim.leaseUntil - clock.now() });
      if (sent.length === 1) clock.advance(LEASE_MS);
      return {
        startedAt: clock.now(),
        durationMs: 1,
        url: claim.webhook.url,
        statusCode: 200,
        error: null,
        errorCode: null,
        requestHeaders: {},
        responseHeaders: {},
        responseBody: '',
        responseTruncated: false,
      };
    },
  };

  beforeEach(async () => {
    sent = [];
    clock = new ManualClock();
    database = await kind.create();
    app = await startApp({
      databaseUrl: database.url,
      clock,
      settings: { delivery: { worker: false, leaseMs: LEASE_MS } },
      providers: [{ provide: Sender, useValue: sender }],
    });
  });

  afterEach(async () => {
    await app.close();
    await database.drop();
  });

  it('is not sent, though those before it in the same burst were', async () => {
    await createWebhook(app.http, 'http://127.0.0.1:9/');
    for (let n = 0; n < EVENTS; n += 1) await publish(app.http, { n });
    await app.get(DeliveryWorker).runOnce();
    // What was left is due for whoever looks next.
    await app.get(DeliveryWorker).runOnce();

    expect(sent.filter(({ leaseLeftMs }) => leaseLeftMs <= 0)).toEqual([]);
    expect(new Set(sent.map(({ eventId }) => eventId)).size).toBe(EVENTS);
    expect(await deliveries(app.http, '?state=succeeded')).toHaveLength(EVENTS);
  });
});
