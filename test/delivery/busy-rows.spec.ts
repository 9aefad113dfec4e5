import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource, QueryRunner } from 'typeorm';
import { takeConcurrencySlots } from '../../src/delivery/claiming/concurrency-slots.js';
import { DeliveryClaimer } from '../../src/delivery/claiming/delivery-claimer.js';
import { RedeliveryClaimer } from '../../src/delivery/claiming/redelivery-claimer.js';
import { FanOut } from '../../src/delivery/fan-out/fan-out.js';
import { DeliveryCloser } from '../../src/delivery/outcomes/delivery-closer.js';
import { Retention } from '../../src/delivery/retention/retention.js';
import { RecoveryRunner } from '../../src/delivery/recovery/recovery-runner.js';
import { WebhookCache } from '../../src/delivery/webhook-cache/webhook-cache.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { databasesFor } from '../support/databases.js';
import { progressOf, redeliver } from '../support/recoveries.js';
import { seedHistory } from '../support/seed-history.js';
import { useStage } from '../support/stage.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';

const LEASE_MS = 30_000;
const DAY_MS = 86_400_000;
const NO_CAPACITY = { take: () => false, release: () => undefined };

// OceanBase reads the first rows and then leaves out those that are locked; MySQL and MariaDB go on to the next.
for (const kind of databasesFor('server')) {
  describe(`A worker that finds the first rows held by another (${kind.name})`, () => {
    const held: QueryRunner[] = [];

    // Before the stage empties the tables, in the order in which both are set up.
    afterEach(async () => {
      for (const runner of held.splice(0)) {
        await runner.rollbackTransaction();
        await runner.release();
      }
    });

    const { app, receiver, clock } = useStage(kind, { settings: { retention: { deliveriesDays: 10 } } });

    const dataSource = () => app.get<DataSource>(getDataSourceToken());

    /** Locks the first rows of a table in a transaction that stays open to the end of the test. */
    async function hold(table: string, key: string, which: string, count: number): Promise<string[]> {
      const rows = await dataSource().query<Record<string, string>[]>(
        `SELECT ${key} FROM ${table} WHERE ${which} LIMIT ${count}`,
      );
      const keys = rows.map((row) => String(row[key]));
      expect(keys).toHaveLength(count);
      const runner = dataSource().createQueryRunner();
      held.push(runner);
      await runner.startTransaction();
      // One by one: of many keys MySQL may lock the whole of a small table.
      for (const one of keys) {
        await runner.query(`SELECT ${key} FROM ${table} WHERE ${key} = ? FOR UPDATE`, [one]);
      }
      return keys;
    }

    const webhooks = async () => (await app.get(WebhookCache).current(dataSource().manager)).byId;

    async function claim(webhookId: string, count: number): Promise<string[]> {
      const webhook = (await webhooks()).get(webhookId)!;
      const { claims } = await app.get(DeliveryClaimer).claim([{ webhook, count, isProbe: false }], LEASE_MS);
      return claims.map(({ deliveryId }) => deliveryId);
    }

    const fanOut = (most: number, from: 'oldest' | 'newest' = 'oldest') =>
      app.get(FanOut).batch(NO_CAPACITY, LEASE_MS, { from, most });

    async function makeDue(count: number, more: Record<string, unknown> = {}): Promise<string> {
      const { id } = await createWebhook(app.http, receiver.url, more);
      for (let n = 0; n < count; n += 1) await publish(app.http, { n }, { key: `key-${n}` });
      await fanOut(256);
      return id;
    }

    it.each(['oldest', 'newest'] as const)('fans out other events (%s first)', async (from) => {
      await createWebhook(app.http, receiver.url);
      for (let n = 0; n < 6; n += 1) await publish(app.http, { n });
      const order = from === 'oldest' ? 'ASC' : 'DESC';
      await hold(
        'webhook_events',
        'id',
        `fan_out_due_at IS NOT NULL ORDER BY fan_out_due_at ${order}, id ${order}`,
        3,
      );
      expect((await fanOut(3, from)).events).toBe(3);
      expect(await deliveries(app.http)).toHaveLength(3);
    });

    it.each([['without order', {}] as const, ['in order', { ordering: 'entry' }] as const])(
      'claims other due deliveries of a webhook %s',
      async (_, more) => {
        const id = await makeDue(6, more);
        const index = 'ordering' in more ? 'order_key, sequence' : 'due_at, id';
        const first = await hold('webhook_deliveries', 'id', `lane = '${id}' ORDER BY ${index}`, 3);
        const claimed = await claim(id, 3);
        expect(claimed).toHaveLength(3);
        expect(claimed.filter((one) => first.includes(one))).toEqual([]);
      },
    );

    it('claims nothing where all that is due is held', async () => {
      const id = await makeDue(3);
      await hold('webhook_deliveries', 'id', `lane = '${id}'`, 3);
      expect(await claim(id, 3)).toEqual([]);
    });

    it('claims other redeliveries', async () => {
      await makeDue(6);
      await app.get(DeliveryWorker).runOnce();
      for (const { id } of await deliveries(app.http)) {
        await app.http.post(`/admin/deliveries/${id}/redeliver`).expect(202);
      }
      await hold('webhook_redeliveries', 'id', 'due_at > 0 ORDER BY due_at, id', 3);
      const claims = await app.get(RedeliveryClaimer).claim(3, LEASE_MS, await webhooks());
      expect(claims).toHaveLength(3);
    });

    it('takes other slots', async () => {
      const { id } = await createWebhook(app.http, receiver.url, { concurrency: 4 });
      const take = (ids: string[]) =>
        dataSource().transaction('READ COMMITTED', (manager) =>
          takeConcurrencySlots(
            manager,
            id,
            4,
            ids,
            { leaseToken: ids.join(''), leaseUntil: clock.now() + 1 },
            clock.now(),
          ),
        );
      expect(await take(['a'])).toEqual([1]);
      clock.advance(10);
      await hold('webhook_slots', 'slot', `webhook_id = '${id}' ORDER BY slot`, 2);
      expect(await take(['b', 'c'])).toEqual([3, 4]);
    });

    it('ends other deliveries of a webhook that is gone', async () => {
      const { id } = await createWebhook(app.http, receiver.url);
      await seedHistory(app, { webhookId: id, count: 520, at: clock.now() - DAY_MS, state: 'pending' });
      await hold('webhook_deliveries', 'id', `lane = '${id}' ORDER BY due_at, id`, 500);
      expect(await app.get(DeliveryCloser).closeOfWebhook(id, 'webhook-deleted')).toBe(20);
    });

    it.each(['webhook_deliveries', 'webhook_events'])(
      'removes other rows of %s that are old',
      async (table) => {
        const { id } = await createWebhook(app.http, receiver.url);
        await seedHistory(app, {
          webhookId: id,
          count: 20,
          at: clock.now() - 40 * DAY_MS,
          state: 'succeeded',
        });
        const kept = await hold(table, 'id', '1 = 1 ORDER BY id', 5);
        await app.get(Retention).runOnce();
        const rows = await dataSource().query<{ id: string }[]>(`SELECT id FROM ${table} ORDER BY id`);
        expect(rows.map((row) => row.id)).toEqual(kept);
      },
    );

    it('goes on with another recovery', async () => {
      const { id } = await createWebhook(app.http, receiver.url, { retrySchedule: [] });
      await seedHistory(app, { webhookId: id, count: 1, at: clock.now() - DAY_MS });
      const ask = async () => (await redeliver(app.http, { webhookId: id })).id;
      const ids = [await ask(), await ask()];
      const [first] = await hold('webhook_recoveries', 'id', "state = 'running' ORDER BY due_at, id", 1);
      const other = ids.find((one) => one !== first)!;
      await app.get(RecoveryRunner).runOnce();
      expect(await progressOf(app.http, other)).toMatchObject({ done: 1 });
    });
  });
}
