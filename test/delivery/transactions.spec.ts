import { SchedulerRegistry } from '@nestjs/schedule';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ClockSteps } from '../../src/database/clock-steps.js';
import { DatabaseClock } from '../../src/database/database-clock.js';
import { TimeOrderedIds } from '../../src/host/time-ordered-ids.js';
import { databasesFor, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, publish } from '../support/webhooks.js';

for (const kind of databasesFor('server')) {
  describe('While requests are out', () => {
    let database: TestDatabase;
    let receiver: Receiver;
    let app: RunningApp;
    let dataSource: DataSource;

    beforeEach(async () => {
      database = await kind.create();
      receiver = await startReceiver();
      app = await startApp({ databaseUrl: database.url, settings: { delivery: { graceMs: 100 } } });
      dataSource = app.get<DataSource>(getDataSourceToken());
    });

    afterEach(async () => {
      await app.close();
      await receiver.close();
      await database.drop();
    });

    it('no transaction is open and none holds a lock', async () => {
      await createWebhook(app.http, receiver.url, { timeoutMs: 30_000 });
      receiver.answer(() => ({ hang: true }));
      for (let n = 0; n < 5; n += 1) await publish(app.http, { n });
      await receiver.received(5);
      // The worker goes on looking, in short transactions; what is held for a request would be there each time.
      const open = new Map<string, number>();
      const looks = 20;
      for (let look = 0; look < looks; look += 1) {
        const rows = await dataSource.query<{ trx_id: string }[]>(
          `SELECT t.trx_id FROM information_schema.innodb_trx t
           JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
           WHERE p.db = DATABASE() AND t.trx_rows_locked > 0`,
        );
        for (const { trx_id } of rows) open.set(trx_id, (open.get(trx_id) ?? 0) + 1);
      }
      expect([...open.values()].every((times) => times < looks / 2)).toBe(true);
      expect(receiver.requests).toHaveLength(5);
    });

    it('instances whose own clocks are wrong agree on the time: it is the database’s', async () => {
      const clock = new DatabaseClock(dataSource, new SchedulerRegistry(), {
        wall: () => Date.now() + 3_600_000,
        monotonic: () => performance.now(),
      });
      await clock.synchronise();
      const [row] = await dataSource.query<{ ms: string }[]>('SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS ms');
      expect(Math.abs(clock.now() - Number(row?.ms))).toBeLessThan(60_000);
    });

    it('an instance that has not seen the clock go forwards takes the time of the others for no step back', async () => {
      await app.get(ClockSteps).check();
      const stale = new DatabaseClock(dataSource, new SchedulerRegistry(), {
        wall: () => Date.now() - 600_000,
        monotonic: () => performance.now(),
      });
      const steps = new ClockSteps(dataSource, new SchedulerRegistry(), stale, new TimeOrderedIds(stale));
      const seen: unknown[] = [];
      steps.onStepBack(async (step) => void seen.push(step));
      await steps.check();
      expect(seen).toEqual([]);
    });

    it('a process that is stopped while it reads the clock keeps its time', async () => {
      const stoppedForMs = 600_000;
      let stops = 0;
      const clock = new DatabaseClock(dataSource, new SchedulerRegistry(), {
        wall: () => Date.now(),
        monotonic: () => performance.now() + stops * stoppedForMs,
      });
      await clock.synchronise();
      const before = clock.now();
      const reading = clock.synchronise();
      stops = 1;
      await reading;
      expect(clock.now() - before - stoppedForMs).toBeLessThan(60_000);
      // A server may tell a time some milliseconds old; the fault would be half of the stop.
      expect(clock.now() - before).toBeGreaterThan(stoppedForMs - 1_000);
    });

    it('two instances that claim at once show no deadlock to anybody', async () => {
      const errors: string[] = [];
      const note = (message: unknown) => void errors.push(String(message));
      const logger = { log: () => undefined, warn: note, error: note, debug: () => undefined };
      const other = await startApp({ databaseUrl: database.url, logger });
      const third = await startApp({ databaseUrl: database.url, logger });
      receiver.answer([500, 200, 500, 200]);
      for (let n = 0; n < 3; n += 1) {
        await createWebhook(app.http, receiver.url, { retrySchedule: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] });
      }
      for (let n = 0; n < 100; n += 10) {
        await Promise.all(Array.from({ length: 10 }, (_, i) => publish(other.http, { n: n + i })));
      }
      await eventually(async () => {
        const [row] = await dataSource.query<{ n: number }[]>(
          "SELECT COUNT(*) AS n FROM webhook_deliveries WHERE state = 'succeeded'",
        );
        expect(Number(row?.n)).toBe(300);
      }, 20_000);
      expect(errors.filter((message) => /deadlock|lock wait/i.test(message))).toEqual([]);
      await other.close();
      await third.close();
    }, 60_000);
  });
}
