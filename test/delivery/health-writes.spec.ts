import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { WebhookHealthTracker } from '../../src/delivery/health/webhook-health.js';
import type { Attempt } from '../../src/delivery/model/attempt.js';
import type { Claim } from '../../src/delivery/model/claim.js';
import type { Outcome } from '../../src/delivery/model/outcome.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { startCommitProxy } from '../support/commit-proxy.js';
import { availableDatabases, describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, publish } from '../support/webhooks.js';

interface Health {
  consecutiveFailures: number;
  pausedUntil: string | null;
}

const healthOf = async (app: RunningApp, id: string): Promise<Health> => {
  const { body } = await app.http.get(`/admin/webhooks/${id}`).expect(200);
  return (body as { data: { health: Health } }).data.health;
};

/** The outcome of an attempt of the schedule, as far as health depends on it. */
function outcomeOf(webhookId: string, at: number, answer: Partial<Attempt>): Outcome {
  const isSuccess = answer.statusCode === 200;
  return {
    claim: { deliveryId: 'd', webhook: { id: webhookId } } as unknown as Claim,
    attempt: {
      startedAt: at,
      durationMs: 0,
      url: 'http://127.0.0.1/',
      statusCode: null,
      error: null,
      errorCode: null,
      requestHeaders: {},
      responseHeaders: null,
      responseBody: null,
      responseTruncated: false,
      ...answer,
    },
    result: isSuccess ? { state: 'succeeded', finishedAt: at } : { state: 'pending', dueAt: at + 1 },
  };
}

describeOnEveryDatabase('The health of a webhook', (kind) => {
  let database: TestDatabase;
  let app: RunningApp;
  const clock = new ManualClock();

  const start = async (url: string) => {
    app = await startApp({
      databaseUrl: url,
      clock,
      settings: { databasePatienceMs: 0, delivery: { worker: false } },
    });
    return app.get(WebhookHealthTracker);
  };

  beforeEach(async () => {
    database = await kind.create();
  });

  afterEach(async () => {
    await app.close();
    await database.drop();
  });

  it('keeps a pause of an hour when its write fails once and a success is recorded meanwhile', async () => {
    const tracker = await start(database.url);
    const { id } = await createWebhook(app.http, 'http://127.0.0.1:9/');
    const now = clock.now();
    const tooMany = { statusCode: 429, responseHeaders: { 'retry-after': '3600' } };
    tracker.record(outcomeOf(id, now, tooMany));

    const dataSource = app.get<DataSource>(getDataSourceToken());
    const makeRunner = dataSource.createQueryRunner.bind(dataSource);
    dataSource.createQueryRunner = () => {
      dataSource.createQueryRunner = makeRunner;
      tracker.record(outcomeOf(id, now + 1, { statusCode: 200 }));
      throw Object.assign(new Error('The database is away.'), { code: 'ECONNREFUSED' });
    };
    await expect(tracker.flush()).rejects.toThrow('The database is away.');
    await tracker.flush();
    expect(await healthOf(app, id)).toMatchObject({
      consecutiveFailures: 0,
      pausedUntil: new Date(now + 3_600_000).toISOString(),
    });
  });

  it('counts a failure after a failed write behind the ones that the write held', async () => {
    const tracker = await start(database.url);
    const { id } = await createWebhook(app.http, 'http://127.0.0.1:9/');
    const now = clock.now();
    for (let n = 0; n < 3; n += 1) tracker.record(outcomeOf(id, now + n, { statusCode: 500 }));
    const dataSource = app.get<DataSource>(getDataSourceToken());
    const makeRunner = dataSource.createQueryRunner.bind(dataSource);
    dataSource.createQueryRunner = () => {
      dataSource.createQueryRunner = makeRunner;
      tracker.record(outcomeOf(id, now + 4, { statusCode: 500 }));
      throw Object.assign(new Error('The database is away.'), { code: 'ECONNREFUSED' });
    };
    await expect(tracker.flush()).rejects.toThrow();
    await tracker.flush();
    expect(await healthOf(app, id)).toMatchObject({ consecutiveFailures: 4 });
  });

  if (kind.name === 'sqlite') return;

  it.each([['after-commit'], ['before-commit']] as const)(
    'counts attempts once when the connection is cut %s',
    async (when) => {
      const proxy = await startCommitProxy(database.url);
      try {
        const tracker = await start(proxy.url);
        const { id } = await createWebhook(app.http, 'http://127.0.0.1:9/');
        tracker.record(outcomeOf(id, clock.now(), { statusCode: 500 }));
        tracker.record(outcomeOf(id, clock.now(), { statusCode: 500 }));
        proxy.cutNext(when);
        await expect(tracker.flush()).rejects.toThrow();
        expect(proxy.cuts).toBe(1);
        tracker.record(outcomeOf(id, clock.now(), { statusCode: 500 }));
        await eventually(() => tracker.flush());
        expect(await healthOf(app, id)).toMatchObject({ consecutiveFailures: 3 });
        await app.close();
      } finally {
        await proxy.close();
      }
    },
  );
});

const mysql = availableDatabases().find(({ name }) => name === 'mysql');
const describeOnMysql = mysql ? describe : (_name: string, _block: () => void) => undefined;

describeOnMysql('A pause that is not written yet (mysql)', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let app: RunningApp;

  beforeEach(async () => {
    if (!mysql) throw new Error('There is no MySQL server.');
    database = await mysql.create();
    receiver = await startReceiver();
    app = await startApp({ databaseUrl: database.url });
  });

  afterEach(async () => {
    await app.close();
    await receiver.close();
    await database.drop();
  });

  it('holds though the flush of another webhook ends meanwhile', async () => {
    const first = await createWebhook(app.http, `${receiver.url}/first`);
    const second = await createWebhook(app.http, `${receiver.url}/second`);
    const dataSource = app.get<DataSource>(getDataSourceToken());
    for (const { id } of [first, second]) {
      await dataSource.query('INSERT IGNORE INTO webhook_health (webhook_id) VALUES (?)', [id]);
    }
    const locks = new Map<string, { commit(): Promise<void> }>();
    for (const { id } of [first, second]) {
      const runner = dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.query('SELECT webhook_id FROM webhook_health WHERE webhook_id = ? FOR UPDATE', [id]);
      locks.set(id, {
        commit: async () => {
          await runner.commitTransaction();
          await runner.release();
        },
      });
    }
    let answerSecond = (): void => {};
    const mayAnswer = new Promise<void>((resolve) => (answerSecond = resolve));
    receiver.answer(async ({ path }) => {
      if (path === '/second') await mayAnswer;
      return { status: 429, headers: { 'retry-after': '3600' } };
    });
    await publish(app.http, { n: 1 });
    await receiver.received(2);
    // The flush of the first webhook waits for its row. Meanwhile the second one asks for its pause.
    const tracker = app.get(WebhookHealthTracker);
    const isBeingWritten = (id: string) =>
      eventually(() => expect(tracker.pending()).not.toContain(id), 20_000);
    await eventually(async () => expect((await lastStatuses(app)).includes(429)).toBe(true), 20_000);
    await isBeingWritten(first.id);
    answerSecond();
    await eventually(() => expect(tracker.pending()).toContain(second.id));
    await locks.get(first.id)?.commit();
    await eventually(async () => expect((await healthOf(app, first.id)).pausedUntil).not.toBeNull());
    await isBeingWritten(second.id);

    await publish(app.http, { n: 2 });
    await eventually(async () => {
      const { body } = await app.http.get('/admin/deliveries').expect(200);
      expect((body as { data: unknown[] }).data).toHaveLength(4);
    });
    expect(receiver.requests).toHaveLength(2);
    await locks.get(second.id)?.commit();
    await eventually(async () => expect((await healthOf(app, second.id)).pausedUntil).not.toBeNull());
    expect(receiver.requests).toHaveLength(2);
  }, 60_000);
});

/** The last status codes of all deliveries. */
async function lastStatuses(app: RunningApp): Promise<(number | null)[]> {
  const { body } = await app.http.get('/admin/deliveries').expect(200);
  return (body as { data: { lastStatusCode: number | null }[] }).data.map(
    ({ lastStatusCode }) => lastStatusCode,
  );
}
