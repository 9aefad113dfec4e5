import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { inReadCommitted } from '../../src/database/transactions.js';
import { deriveDeliveryId } from '../../src/delivery/model/delivery-id.js';
import { EventPublisher } from '../../src/delivery/recording/event-publisher.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { HandOffLedger } from '../../src/delivery/worker/hand-off-ledger.js';
import { SendGate } from '../../src/delivery/worker/send-gate.js';
import { WorkFinder } from '../../src/delivery/worker/work-finder.js';
import { type Receiver, type ReceiverAnswer, startReceiver } from '../../src/testing/receiver.js';
import { startCommitProxy } from '../support/commit-proxy.js';
import { databasesFor, exceptOnOceanBase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type RunningApp, startApp, stopIntervals } from '../support/start-app.js';
import { UnlockedReads } from '../support/unlocked-reads.js';
import { createWebhook, onlyDelivery, publish } from '../support/webhooks.js';

const sqlOf = (app: RunningApp) => app.get<DataSource>(getDataSourceToken());

for (const kind of databasesFor('server')) {
  describe('An event that one instance has recorded for itself, and another instance', () => {
    let database: TestDatabase;
    let receiver: Receiver;
    let one: RunningApp;
    let other: RunningApp;

    beforeEach(async () => {
      database = await kind.create();
      receiver = await startReceiver();
      one = await startApp({ databaseUrl: database.url, settings: { delivery: { graceMs: 100 } } });
      other = await startApp({
        databaseUrl: database.url,
        settings: { delivery: { worker: false }, webhooks: { cloudEventsSource: '/another' } },
      });
      await eventually(() => expect(one.get(WorkFinder).isUpToDate).toBe(true));
      for (const app of [one, other]) stopIntervals(app);
      one.get(SendGate).measureAgeBy(() => 0);
    }, 60_000);

    afterEach(async () => {
      await Promise.all([one.close(), other.close()]);
      await receiver.close();
      await database.drop();
    });

    const makeWebhook = async (more: Record<string, unknown> = {}) => {
      const webhook = await createWebhook(one.http, receiver.url, more);
      await one.get(SendGate).read();
      return webhook;
    };
    const leaseOf = async (id: string): Promise<string | null> => {
      const [row] = await sqlOf(one).query<{ lease_token: string | null }[]>(
        'SELECT lease_token FROM webhook_events WHERE id = ?',
        [id],
      );
      return row?.lease_token ?? null;
    };
    /** Brings the lease of an event to its end. */
    const endLease = (id: string) =>
      sqlOf(one).query('UPDATE webhook_events SET fan_out_due_at = -1 WHERE id = ?', [id]);

    /** Publishes an event whose first request is not answered yet. */
    async function publishUnanswered(): Promise<{ id: string; give: (answer: ReceiverAnswer) => void }> {
      let give: (answer: ReceiverAnswer) => void = () => undefined;
      const answers = [new Promise<ReceiverAnswer>((resolve) => (give = resolve))];
      receiver.answer(() => answers.shift() ?? {});
      const id = await publish(one.http);
      await receiver.received(1);
      expect(await leaseOf(id)).not.toBeNull();
      return { id, give };
    }

    it('leaves it alone while the lease holds', async () => {
      await makeWebhook();
      const { give } = await publishUnanswered();
      await other.get(DeliveryWorker).runOnce();
      expect(receiver.requests).toHaveLength(1);
      give({});
      await eventually(async () => {
        expect(await onlyDelivery(one.http)).toMatchObject({ state: 'succeeded', attemptCount: 1 });
      });
    });

    it('takes it over when the lease has ended: the same bytes, and each attempt has its own number', async () => {
      const webhook = await makeWebhook({ format: 'cloudevents' });
      const { id, give } = await publishUnanswered();
      await endLease(id);
      await other.get(DeliveryWorker).runOnce();
      const [first, second] = await receiver.received(2);
      expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
      expect(second?.headers['x-posthorn-attempt']).toBe('2');

      give({ status: 500 });
      await eventually(async () => {
        const seen = await onlyDelivery(one.http);
        expect(seen).toMatchObject({
          id: deriveDeliveryId(id, webhook.id),
          state: 'succeeded',
          attemptCount: 2,
          nextAttemptAt: null,
        });
        expect(seen.attempts.map(({ number, statusCode }) => [number, statusCode])).toEqual([
          [1, 500],
          [2, 200],
        ]);
      });
    });

    it('counts the lease that ended as a claim, so that an event that kills its process is given up', async () => {
      await makeWebhook();
      const { id } = await publishUnanswered();
      await sqlOf(one).query('UPDATE webhook_registry SET sending_paused = 1 WHERE id = 1');
      await endLease(id);
      await other.get(DeliveryWorker).runOnce();
      const [row] = await sqlOf(one).query<Record<string, unknown>[]>(
        'SELECT state, claim_count, attempts_begun FROM webhook_deliveries',
      );
      expect(row).toEqual({ state: 'pending', claim_count: 1, attempts_begun: 1 });
      expect(receiver.requests).toHaveLength(1);
    });

    it('that has read it before it was written makes nothing of it', async () => {
      const reads = new UnlockedReads(other);
      await makeWebhook();
      const { id, give } = await publishUnanswered();
      await endLease(id);
      reads.interruptOnce(/fan_out_due_at >=/, async () => {
        give({});
        await eventually(async () => expect((await onlyDelivery(one.http)).state).toBe('succeeded'));
      });
      await other.get(DeliveryWorker).runOnce();
      expect(reads.isInterrupted).toBe(true);
      expect(receiver.requests).toHaveLength(1);
      expect(await onlyDelivery(one.http)).toMatchObject({ state: 'succeeded', attemptCount: 1 });
    });

    it('that has found no recipient any more owns it: nothing is made of what was sent', async () => {
      const { id: webhookId } = await makeWebhook();
      const { id, give } = await publishUnanswered();
      await other.http.post(`/admin/webhooks/${webhookId}/disable`).expect(200);
      await endLease(id);
      await other.get(DeliveryWorker).runOnce();
      expect(await leaseOf(id)).toBeNull();
      give({});
      await eventually(() => expect(one.get(HandOffLedger).isHolding(id)).toBe(false));
      await one.get(DeliveryWorker).runOnce();
      expect(await sqlOf(one).query('SELECT id FROM webhook_deliveries')).toEqual([]);
      expect(receiver.requests).toHaveLength(1);
    });

    exceptOnOceanBase(it, 'Its shared locks hold nobody.')(
      'changes a webhook after the commit alone; events do not wait for a change that is under way',
      async () => {
        await makeWebhook();
        const bump = 'UPDATE webhook_registry SET version = version + 1 WHERE id = 1';
        const isVersionHeld = () =>
          sqlOf(other)
            .query('SELECT id FROM webhook_registry WHERE id = 1 FOR UPDATE NOWAIT')
            .then(
              () => false,
              () => true,
            );
        await inReadCommitted(sqlOf(one), async (manager) => {
          await one.get(EventPublisher).publish(manager, { type: 'order.shipped', data: {} });
          expect(await isVersionHeld()).toBe(true);
        });
        expect(await isVersionHeld()).toBe(false);
        await receiver.received(1);

        await inReadCommitted(sqlOf(other), async (manager) => {
          await manager.query(bump);
          expect(await leaseOf(await publish(one.http))).toBeNull();
        });
        await receiver.received(2);
      },
    );
  });

  describe('An event whose COMMIT was not answered', () => {
    it.each([
      ['after-commit', 202],
      ['before-commit', 503],
    ] as const)('is sent if it stands, and waits for no lease: cut %s', async (when, status) => {
      const database = await kind.create();
      const proxy = await startCommitProxy(database.url);
      const receiver = await startReceiver();
      const app = await startApp({ databaseUrl: proxy.url, settings: { databasePatienceMs: 0 } });
      let older = 0;
      try {
        await createWebhook(app.http, receiver.url);
        await eventually(() => expect(app.get(WorkFinder).isUpToDate).toBe(true));
        stopIntervals(app);
        await app.get(SendGate).read();
        app.get(SendGate).measureAgeBy(() => 0);
        const ledger = app.get(HandOffLedger);
        ledger.measureAgeBy(() => performance.now() + older);
        proxy.cutNext(when, 'webhook_events');
        const answer = await app.http.post('/admin/events').send({ type: 'order.shipped', data: { n: 1 } });
        expect(answer.status).toBe(status);
        expect(proxy.cuts).toBe(1);
        expect(receiver.requests).toEqual([]);
        older = 1_000;
        await app.get(DeliveryWorker).freeStalled();
        const stands = status === 202 ? [(answer.body as { data: { id: string } }).data.id] : [];
        await receiver.received(stands.length);
        const next = await publish(app.http, { n: 2 });
        await receiver.received(stands.length + 1);
        await app.get(DeliveryWorker).runOnce();
        expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([...stands, next]);
      } finally {
        await app.close();
        await receiver.close();
        await proxy.close();
        await database.drop();
      }
    });
  });
}
