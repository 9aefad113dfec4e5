import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import supertest from 'supertest';
import { databasesFor, describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type ProcessApp, startProcess } from '../support/process-app.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { type HttpAgent, startApp, TEST_ADMIN_TOKEN } from '../support/start-app.js';
import { stopProcess } from '../support/stopped-process.js';
import { createWebhook, deliveries, onlyDelivery, publish } from '../support/webhooks.js';
import { progressOf, recover } from '../support/recoveries.js';
import { seedHistory } from '../support/seed-history.js';

const HOUR_MS = 3_600_000;

type RunningProcess = ProcessApp & { baseUrl: string };

const agentOf = ({ baseUrl }: RunningProcess): HttpAgent =>
  supertest.agent(baseUrl).set('Authorization', `Bearer ${TEST_ADMIN_TOKEN}`);

/** Processes, a database and a receiver for one test, all of them ended with it. */
function stage(kind: { create(): Promise<TestDatabase> }) {
  const processes: RunningProcess[] = [];
  const made: { database?: TestDatabase; receiver?: Receiver; dataDir?: string } = {};
  beforeEach(async () => {
    made.database = await kind.create();
    made.receiver = await startReceiver();
    made.dataDir = await mkdtemp(join(tmpdir(), 'posthorn-data-'));
  });
  afterEach(async () => {
    for (const one of processes.splice(0)) await one.end();
    await made.receiver?.close();
    await made.database?.drop();
    if (made.dataDir) await rm(made.dataDir, { recursive: true, force: true });
  });
  return {
    databaseUrl: () => made.database?.url ?? '',
    receiver: () => made.receiver as Receiver,
    start: async (env: Record<string, string> = {}) => {
      const started = await startProcess({
        DATABASE_URL: made.database?.url ?? '',
        DATA_DIR: made.dataDir ?? '',
        DELIVERY_LEASE_MS: '1500',
        DELIVERY_POLL_MS: '50',
        ...env,
      });
      processes.push(started);
      return started;
    },
  };
}

/**
 * Stops a process at a moment at which it locks no delivery: the server keeps the locks of a transaction that stands
 * still, and nobody could take the delivery over.
 */
async function stopBetweenTransactions(process: RunningProcess, databaseUrl: string): Promise<void> {
  const connection = await createConnection(databaseUrl);
  try {
    for (;;) {
      await stopProcess(process.pid);
      const [rows] = await connection.query('SELECT id FROM webhook_deliveries FOR UPDATE SKIP LOCKED');
      if (Array.isArray(rows) && rows.length > 0) return;
      process.signal('SIGCONT');
      await wait(20);
    }
  } finally {
    await connection.end();
  }
}

describeOnEveryDatabase('A process that is killed', (kind) => {
  const { receiver, start } = stage(kind);

  it('between the commit and the sending loses nothing: the event arrives after the restart', async () => {
    const recording = await start({ DELIVERY_WORKER: 'false' });
    const http = agentOf(recording);
    await createWebhook(http, receiver().url);
    await http
      .post('/api/addresses')
      .send({ data: { city: 'Paris' } })
      .expect(201);
    await recording.end();
    expect(receiver().requests).toHaveLength(0);

    await start();
    const [request] = await receiver().received(1);
    expect(request?.json()).toMatchObject({ event: 'entry.create', entry: { city: 'Paris' } });
  });

  it('while it sends: another takes over when the lease has run out, with the same id and bytes', async () => {
    const first = await start();
    await createWebhook(agentOf(first), receiver().url);
    receiver().answer(() => ({ hang: true }));
    await publish(agentOf(first));
    await receiver().received(1);
    await first.end();

    receiver().answer(200);
    const second = await start();
    const [before, after] = await receiver().received(2);
    expect(after?.headers['webhook-id']).toBe(before?.headers['webhook-id']);
    expect(after?.body.equals(before?.body ?? Buffer.alloc(0))).toBe(true);
    await eventually(async () => {
      expect(await onlyDelivery(agentOf(second))).toMatchObject({ state: 'succeeded', attemptCount: 1 });
    });
  });

  it('before it has written what it sent: another fans the event out when the lease has run out', async () => {
    const first = await start({ DELIVERY_LEASE_MS: '3000' });
    await createWebhook(agentOf(first), receiver().url, { format: 'cloudevents' });
    // The process is killed while its request is out: nothing of the delivery is in the database yet.
    receiver().answer(async () => {
      await first.end();
      return { hang: true };
    });
    await publish(agentOf(first)).catch(() => undefined);
    const [before] = await receiver().received(1);
    await first.end();

    receiver().answer(200);
    const second = await start({ WEBHOOKS_CLOUD_EVENTS_SOURCE: '/another' });
    const sameEvent = () =>
      receiver().requests.filter(({ headers }) => headers['webhook-id'] === before?.headers['webhook-id']);
    await eventually(() => expect(sameEvent()).toHaveLength(2), 20_000);
    expect(sameEvent()[1]?.body.equals(before?.body ?? Buffer.alloc(0))).toBe(true);
    await eventually(async () => {
      expect(await deliveries(agentOf(second), '?state=pending')).toEqual([]);
    });
  }, 60_000);

  it('gently hands back what it could not finish, and exits 0', async () => {
    const first = await start({ DELIVERY_GRACE_MS: '300' });
    await createWebhook(agentOf(first), receiver().url);
    receiver().answer(() => ({ hang: true }));
    await publish(agentOf(first));
    await receiver().received(1);
    first.signal('SIGTERM');
    expect(await first.exit).toEqual({ code: 0, signal: null });

    receiver().answer(200);
    await start({ DELIVERY_LEASE_MS: '60000' });
    const requests = await receiver().received(2);
    expect(requests.map(({ headers }) => headers['x-posthorn-attempt'])).toEqual(['1', '1']);
  });
});

for (const kind of databasesFor('server')) {
  describe('A process that is stopped past its lease', () => {
    const { databaseUrl, receiver, start } = stage(kind);

    it('changes no state when it goes on; its attempt is in the history', async () => {
      const slow = await start();
      const http = agentOf(slow);
      await createWebhook(http, receiver().url, { timeoutMs: 30_000 });
      let first = true;
      receiver().answer(async () => {
        if (!first) return { status: 200 };
        first = false;
        // Answers once the other has taken over, and badly.
        await eventually(() => expect(receiver().requests).toHaveLength(2), 20_000);
        return { status: 500 };
      });
      await publish(http);
      await receiver().received(1);
      await stopBetweenTransactions(slow, databaseUrl());

      const other = await start();
      await receiver().received(2);
      await eventually(async () => {
        expect(await onlyDelivery(agentOf(other))).toMatchObject({ state: 'succeeded' });
      });
      slow.signal('SIGCONT');
      await eventually(async () => {
        const seen = await onlyDelivery(agentOf(other));
        expect(seen).toMatchObject({
          state: 'succeeded',
          reason: null,
          nextAttemptAt: null,
          attemptCount: 2,
        });
        expect(seen.attempts.map(({ number, statusCode }) => [number, statusCode])).toEqual([
          [1, 500],
          [2, 200],
        ]);
      });
      expect(await deliveries(agentOf(other), '?state=pending')).toEqual([]);
    }, 60_000);
  });
}

describeOnEveryDatabase('A recovery whose process is killed', (kind) => {
  it('is gone on with by the next, and leaves nothing out', async () => {
    const database = await kind.create();
    const receiver = await startReceiver();
    const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-data-'));
    const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, DELIVERY_LEASE_MS: '4000' };
    const agentOf = ({ baseUrl }: { baseUrl: string }) =>
      supertest.agent(baseUrl).set('Authorization', `Bearer ${TEST_ADMIN_TOKEN}`);
    const processes: ProcessApp[] = [];
    const startWorker = async () => {
      const started = await startProcess(env);
      processes.push(started);
      return started;
    };
    try {
      const app = await startApp({ databaseUrl: database.url, settings: { delivery: { worker: false } } });
      const webhook = await createWebhook(app.http, receiver.url);
      await seedHistory(app, { webhookId: webhook.id, count: 3_000, at: Date.now() - HOUR_MS });
      const asked = await recover(app.http, webhook.id, { since: Date.now() - 2 * HOUR_MS });
      await app.close();

      const first = await startWorker();
      await receiver.received(300, 60_000);
      await first.end();
      const second = await startWorker();
      await eventually(async () => {
        expect(await progressOf(agentOf(second), asked.id)).toMatchObject({
          state: 'finished',
          matched: 3_000,
          done: 3_000,
        });
        expect(await deliveries(agentOf(second), '?state=pending')).toEqual([]);
      }, 180_000);
      expect(await deliveries(agentOf(second), '?state=failed')).toEqual([]);
      expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(3_000);
    } finally {
      for (const one of processes) await one.end();
      await receiver.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 300_000);
});

for (const kind of databasesFor('server')) {
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
        const seen = receiver.requests
          .map((request) => request.json()['data'] as { key: string; n: number })
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
