import type { Server } from 'node:http';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';
import { Deliveries } from '../../src/app/embedded/services/deliveries.js';
import { WebhooksModule } from '../../src/app/embedded/webhooks.module.js';
import { ReadReplica } from '../../src/database/read-replica.js';
import { RollupWriter } from '../../src/delivery/rollups/rollup-writer.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { availableDatabases } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { canReplicate, type Replication, startReplication } from '../support/replication.js';
import { type RunningApp, SILENT, startApp, stopIntervals, TEST_SECRETS_KEY } from '../support/start-app.js';
import { stopProcess } from '../support/stopped-process.js';
import { createWebhook, publish, type SeenDelivery } from '../support/webhooks.js';

const MAX_LAG_MS = 10_000;

interface Page {
  data: SeenDelivery[];
  meta: { nextCursor: string | null; secondsBehind?: number };
}

// It stops its replica, so it needs a pair of servers of its own.
if (availableDatabases().some(({ name }) => name === 'mysql') && canReplicate()) {
  describe('A read replica', () => {
    let servers: Replication;
    let app: RunningApp;
    let receiver: Receiver;
    let clock: ManualClock;
    let lines: string[];
    let isHeld = false;

    const note = (line: string): void => void lines.push(line);
    const logger: LoggerService = { ...SILENT, log: note, warn: note };
    const replica = () => app.get(ReadReplica);

    beforeAll(async () => {
      servers = await startReplication('read_by_two');
      receiver = await startReceiver();
    }, 60_000);

    beforeEach(async () => {
      lines = [];
      receiver.answer(200);
      clock = new ManualClock();
      app = await startApp({
        databaseUrl: `${servers.primary.url}/read_by_two`,
        settings: {
          databaseReadUrl: `mysql://reader:reader@127.0.0.1:${servers.replica.port}/read_by_two`,
          databaseReadMaxLagMs: MAX_LAG_MS,
          delivery: { worker: false },
        },
        clock,
        logger,
      });
      stopIntervals(app);
    }, 60_000);

    afterEach(async () => {
      await app.close();
      if (servers.replica.pid === null) await servers.replica.start();
      if (isHeld) await resume();
    });

    afterAll(async () => {
      await receiver.close();
      await servers.remove();
    });

    const hold = async (): Promise<void> => {
      isHeld = true;
      await servers.hold();
    };
    const resume = async (): Promise<void> => {
      isHeld = false;
      await servers.resume();
    };

    /** Looks until the replica is used and has all that is committed. */
    const caughtUp = () =>
      eventually(async () => {
        await replica().look();
        expect(replica().state).toEqual({ isUsed: true, secondsBehind: 0, problem: null });
      });

    const list = async (path = '/admin/deliveries'): Promise<Page> =>
      (await app.http.get(path).expect(200)).body as Page;
    const idsOf = ({ data }: Page) => data.map(({ id }) => id);

    /** Sends one event to a new webhook, and gives its delivery as the primary has it. */
    const send = async (): Promise<SeenDelivery> => {
      const { id } = await createWebhook(app.http, receiver.url);
      const eventId = await publish(app.http);
      await app.get(DeliveryWorker).runOnce();
      await app.get(RollupWriter).flush();
      const rows = (await servers.primary.query(
        `SELECT id FROM read_by_two.webhook_deliveries WHERE webhook_id = '${id}' AND event_id = '${eventId}'`,
      )) as { id: string }[];
      return (await app.http.get(`/admin/deliveries/${rows[0]?.id}`).expect(200)).body.data as SeenDelivery;
    };

    it('answers lists, history and charts, and is asked by an account that can only read', async () => {
      const { id, eventId, webhookId } = await send();
      await caughtUp();
      const page = await list();
      expect(page.meta.secondsBehind).toBe(0);
      expect(idsOf(page)).toContain(id);
      // Rows that only the replica has show where an answer comes from.
      await servers.replica.query(
        `UPDATE read_by_two.webhook_deliveries SET event = 'of.the-replica' WHERE id = '${id}'`,
      );
      for (const path of ['/admin/deliveries', `/admin/webhooks/${webhookId}/deliveries`]) {
        expect((await list(path)).data.find((one) => one.id === id)).toMatchObject({
          event: 'of.the-replica',
        });
      }
      const { body } = await app.http.get(`/admin/deliveries/${id}`).expect(200);
      expect(body.data).toMatchObject({ event: 'of.the-replica', attempts: [{ number: 1 }] });
      for (const path of ['/admin/events', '/admin/audit', '/admin/overview', '/admin/webhooks/health']) {
        expect((await app.http.get(path).expect(200)).body.meta).toMatchObject({ secondsBehind: 0 });
      }
      await app.http.get(`/admin/events/${eventId}`).expect(200);
    });

    it('shows what it lacks by its id from the primary, and what is pending', async () => {
      const before = await send();
      await caughtUp();
      await hold();
      receiver.answer(500);
      const after = await send();
      const page = await list();
      expect(page.meta.secondsBehind).toBe(0);
      expect(idsOf(page)).toContain(before.id);
      expect(idsOf(page)).not.toContain(after.id);
      expect(after).toMatchObject({ state: 'pending', attemptCount: 1 });
      await app.http.get(`/admin/events/${after.eventId}`).expect(200);
      await resume();
      await eventually(async () => expect(idsOf(await list())).toContain(after.id));
      await hold();
      // The answer of a change is of the primary, and so is what follows by the id.
      const cancelled = await app.http.post(`/admin/deliveries/${after.id}/cancel`).expect(200);
      expect(cancelled.body.data).toMatchObject({ state: 'failed', reason: 'cancelled' });
      const { body } = await app.http.get(`/admin/deliveries/${after.id}`).expect(200);
      expect(body.data).toMatchObject({ state: 'failed', reason: 'cancelled' });
    });

    it('never decides about sending: what it lacks is claimed, counted and redelivered', async () => {
      await send();
      await caughtUp();
      await hold();
      const { id } = await send();
      expect(receiver.requests.length).toBeGreaterThan(0);
      const counted = await app.http.post('/admin/deliveries/count').send({ filter: { id } }).expect(200);
      expect(counted.body.data).toEqual({ matched: 1, capped: false });
      await app.http.post(`/admin/deliveries/${id}/redeliver`).expect(202);
      const overview = (await app.http.get('/admin/overview?hours=1').expect(200)).body;
      expect(overview.meta).toEqual({ secondsBehind: 0 });
      expect(overview.data.backlog.eventsToFanOut).toBe(0);
    });

    it('is left when it is too far behind, with one line, and taken again when it has caught up', async () => {
      await caughtUp();
      await hold();
      const late = await send();
      clock.advance(4_000);
      await replica().look();
      clock.advance(1_000);
      await replica().look();
      expect(replica().state).toMatchObject({ isUsed: true, secondsBehind: 5 });
      expect((await list()).meta.secondsBehind).toBe(5);
      expect(idsOf(await list())).not.toContain(late.id);
      const { data: system } = (await app.http.get('/admin/system').expect(200)).body;
      expect(system.readReplica).toEqual({ isUsed: true, secondsBehind: 5, problem: null });
      const { text } = await app.http.get('/metrics').expect(200);
      expect(text).toMatch(/^posthorn_replica_lag_seconds 5$/m);
      expect(text).toMatch(/^posthorn_replica_used 1$/m);

      lines = [];
      clock.advance(MAX_LAG_MS);
      await replica().look();
      await replica().look();
      expect(replica().state).toEqual({ isUsed: false, secondsBehind: 15, problem: 'it is 15 s behind' });
      const page = await list();
      expect(page.meta).not.toHaveProperty('secondsBehind');
      expect(idsOf(page)).toContain(late.id);
      expect(lines.filter((line) => line.includes('read replica'))).toEqual([
        expect.stringContaining('cannot be used now: it is 15 s behind. History, lists and charts are read'),
      ]);
      expect((await app.http.get('/metrics')).text).toMatch(/^posthorn_replica_used 0$/m);

      await resume();
      await caughtUp();
      expect((await list()).meta.secondsBehind).toBe(0);
    });

    it('that is away costs no answer: the primary is read, and the replica again when it is back', async () => {
      const { id } = await send();
      await caughtUp();
      await servers.replica.stop();
      // Nobody has looked yet: the read itself finds out.
      const page = await list();
      expect(page.meta).not.toHaveProperty('secondsBehind');
      expect(idsOf(page)).toContain(id);
      await replica().look();
      await list();
      expect(lines.filter((line) => line.includes('cannot be used now'))).toHaveLength(1);
      expect(replica().state).toMatchObject({ isUsed: false, secondsBehind: null });
      await servers.replica.start();
      clock.advance(10_000);
      await caughtUp();
      expect((await list()).meta.secondsBehind).toBe(0);
    });

    it('that hangs costs the time of a statement once, and holds no stop', async () => {
      const impatient = await startApp({
        databaseUrl: `${servers.primary.url}/read_by_two`,
        settings: {
          databaseReadUrl: `mysql://reader:reader@127.0.0.1:${servers.replica.port}/read_by_two`,
          databaseStatementTimeoutMs: 500,
          delivery: { worker: false },
        },
        clock,
      });
      stopIntervals(impatient);
      const read = async () => (await impatient.http.get('/admin/deliveries').expect(200)).body as Page;
      await eventually(async () => {
        await impatient.get(ReadReplica).look();
        expect((await read()).meta.secondsBehind).toBe(0);
      });
      const pid = servers.replica.pid ?? 0;
      let isClosed = false;
      await stopProcess(pid);
      try {
        expect((await read()).meta).not.toHaveProperty('secondsBehind');
        expect(impatient.get(ReadReplica).state).toMatchObject({ isUsed: false });
        await impatient.close();
        isClosed = true;
      } finally {
        process.kill(pid, 'SIGCONT');
        if (!isClosed) await impatient.close();
      }
    });

    it('of a host is read by the routes, and not by its services', async () => {
      const host = await Test.createTestingModule({
        imports: [
          WebhooksModule.forRoot({
            secretsKey: TEST_SECRETS_KEY,
            databaseUrl: `${servers.primary.url}/read_by_two`,
            databaseReadUrl: `mysql://reader:reader@127.0.0.1:${servers.replica.port}/read_by_two`,
            worker: false,
            migrate: true,
            guards: [{ canActivate: () => true }],
          }),
        ],
      }).compile();
      const hostApp: INestApplication<Server> = host.createNestApplication({ logger: SILENT });
      await hostApp.init();
      try {
        await eventually(async () => {
          const { body } = await supertest(hostApp.getHttpServer()).get('/admin/deliveries').expect(200);
          expect((body as Page).meta).toEqual({ nextCursor: null, secondsBehind: 0 });
        });
        const { meta } = await hostApp.get(Deliveries).list({ tenant: null, scopes: ['*'] });
        expect(meta).toEqual({ nextCursor: null });
      } finally {
        await hostApp.close();
      }
    });

    it('that is away does not hold the start', async () => {
      await servers.replica.stop();
      const other = await startApp({
        databaseUrl: `${servers.primary.url}/read_by_two`,
        settings: {
          databaseReadUrl: `mysql://reader:reader@127.0.0.1:${servers.replica.port}/read_by_two`,
          delivery: { worker: false },
        },
      });
      const page = (await other.http.get('/admin/deliveries').expect(200)).body as Page;
      expect(page.meta).not.toHaveProperty('secondsBehind');
      await other.close();
    });
  });
}
