import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import supertest from 'supertest';
import { type Receiver, type ReceivedRequest, startReceiver } from '../../src/testing/receiver.js';
import { openAsItIs } from '../support/database-before-secrets.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { killAt, type KillStep } from '../support/kill-at.js';
import { type ProcessApp, spawnApp, startProcess } from '../support/process-app.js';
import { type HttpAgent, TEST_ADMIN_TOKEN } from '../support/start-app.js';
import { createWebhook, deliveries, delivery, publish } from '../support/webhooks.js';

const LEASE_MS = 2_000;

/** What tells the event at which a process is killed from those before and behind it. */
const VICTIM = 'victim';

const INSERTED: KillStep = { sql: `INSERT INTO .webhook_events.*lease_token.*${VICTIM}` };
const COMMITTED: KillStep = { sql: 'COMMIT' };
/** The transaction that records the event. */
const RECORDED = [INSERTED, COMMITTED];
/** The transaction that takes an event over: it clears the mark and makes the deliveries durable. */
const TAKEN_OVER: KillStep[] = [
  { sql: 'UPDATE .webhook_events.*lease_token = NULL WHERE', isElsewhere: true },
  COMMITTED,
];
/** The same transaction of the process that has recorded the event. */
const WRITTEN = [INSERTED, ...TAKEN_OVER];
/** The transaction in which an event whose commit came late is left to others. */
const RELEASED: KillStep[] = [
  INSERTED,
  { ...COMMITTED, blockMs: 1_100 },
  { sql: 'SET fan_out_due_at = created_at', isElsewhere: true },
  COMMITTED,
];

type RunningProcess = ProcessApp & { baseUrl: string };

const agentOf = ({ baseUrl }: RunningProcess): HttpAgent =>
  supertest.agent(baseUrl).set('Authorization', `Bearer ${TEST_ADMIN_TOKEN}`);

const idOf = ({ headers }: ReceivedRequest) => headers['webhook-id'];

describeOnEveryDatabase('A process that holds events is killed', (kind) => {
  const processes: RunningProcess[] = [];
  let database: TestDatabase;
  let sql: DataSource;
  let receiver: Receiver;
  let dataDir: string;

  beforeEach(async () => {
    database = await kind.create();
    sql = await openAsItIs(database.url);
    receiver = await startReceiver();
    dataDir = await mkdtemp(join(tmpdir(), 'posthorn-data-'));
  });

  afterEach(async () => {
    for (const one of processes.splice(0)) await one.end();
    await receiver.close();
    await sql.destroy();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const envOf = (more: Record<string, string>) => ({
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    DELIVERY_LEASE_MS: String(LEASE_MS),
    DELIVERY_POLL_MS: '50',
    ...more,
  });
  const start = async (env: Record<string, string> = {}): Promise<RunningProcess> => {
    const started = await startProcess(envOf(env));
    processes.push(started);
    return started;
  };
  const killed = (one: RunningProcess) =>
    one.exit.then(({ signal }) => {
      // On SQLite one process after another uses the file.
      processes.splice(processes.indexOf(one), 1);
      expect(signal).toBe('SIGKILL');
    });
  const isHandedOff = async (): Promise<boolean[]> => {
    const rows = await sql.query<{ bodies: string | null }[]>(
      'SELECT bodies FROM webhook_events ORDER BY id',
    );
    return rows.map(({ bodies }) => bodies !== null);
  };
  const isNothingLeft = async (http: HttpAgent): Promise<void> => {
    expect(await sql.query('SELECT id FROM webhook_events WHERE fan_out_due_at IS NOT NULL')).toEqual([]);
    expect(await deliveries(http, '?state=pending')).toEqual([]);
  };
  /** Publishes until the process hands events off: it has looked for work, and read the webhooks. */
  async function warmUp(http: HttpAgent): Promise<void> {
    do await publish(http, { n: 'first' });
    while (!(await isHandedOff()).at(-1));
    await eventually(() => isNothingLeft(http));
  }
  /** An event that is recorded behind the others is sent, and nothing is left to do. */
  async function settled(http: HttpAgent): Promise<void> {
    const last = await publish(http, { n: 'last' });
    await eventually(async () => {
      expect(receiver.requests.map(idOf)).toContain(last);
      await isNothingLeft(http);
    }, 20_000);
  }
  const publishVictim = (one: RunningProcess) =>
    // The process may be killed before it answers.
    publish(agentOf(one), { n: VICTIM }).catch(() => null);
  /** The requests of the event at which a process was killed. */
  const ofVictim = () => receiver.requests.filter(({ body }) => body.includes(VICTIM));
  const expectSameBytes = (requests: readonly ReceivedRequest[]) =>
    expect(new Set(requests.map(({ path, body }) => `${path} ${body.toString()}`)).size).toBe(
      new Set(requests.map(({ path, headers }) => `${path} ${headers['webhook-id']}`)).size,
    );

  it('as it commits one: nothing was sent, and nothing is there', async () => {
    const first = await start(killAt('before', ...RECORDED));
    await createWebhook(agentOf(first), receiver.url);
    await warmUp(agentOf(first));
    const before = await isHandedOff();
    expect(await publishVictim(first)).toBeNull();
    await killed(first);
    expect(await isHandedOff()).toEqual(before);
    const second = await start();
    await settled(agentOf(second));
    expect(ofVictim()).toEqual([]);
  }, 60_000);

  it.each<[string, 'before' | 'after', KillStep[], number, number]>([
    ['before it sends one that is committed', 'after', RECORDED, 0, 1],
    ['as it writes what it has sent', 'before', WRITTEN, 1, 2],
    ['when it has written what it has sent', 'after', WRITTEN, 1, 1],
    ['as it leaves one to others whose commit came late', 'before', RELEASED, 0, 1],
    ['when it has left one to others whose commit came late', 'after', RELEASED, 0, 1],
  ])(
    '%s: it arrives, with the same bytes',
    async (_, when, steps, before, after) => {
      const first = await start(killAt(when, ...steps));
      await createWebhook(agentOf(first), receiver.url, { format: 'cloudevents' });
      await warmUp(agentOf(first));
      await publishVictim(first);
      await killed(first);
      expect(ofVictim()).toHaveLength(before);

      const second = await start({ WEBHOOKS_CLOUD_EVENTS_SOURCE: '/another' });
      await eventually(() => expect(ofVictim()).toHaveLength(after), 20_000);
      await settled(agentOf(second));
      expect(ofVictim()).toHaveLength(after);
      expectSameBytes(ofVictim());
      const all = await deliveries(agentOf(second), '?limit=100');
      const seen = all.find(({ eventId }) => eventId === idOf(ofVictim()[0] as ReceivedRequest));
      const history = await delivery(agentOf(second), seen?.id ?? '');
      expect(history).toMatchObject({ state: 'succeeded' });
      expect(history.attempts.map(({ statusCode }) => statusCode)).toEqual([200]);
    },
    60_000,
  );

  it('when it has written all but the slow one of three recipients: only that one gets it again', async () => {
    const first = await start(killAt('after', ...WRITTEN));
    for (const path of ['/1', '/2', '/slow']) await createWebhook(agentOf(first), `${receiver.url}${path}`);
    await warmUp(agentOf(first));
    receiver.answer(({ path }) => (path === '/slow' ? { hang: true } : {}));
    await publishVictim(first);
    await killed(first);
    const paths = () =>
      ofVictim()
        .map(({ path }) => path)
        .toSorted();
    expect(paths()).toEqual(['/1', '/2', '/slow']);

    receiver.answer(200);
    const second = await start();
    await eventually(() => expect(ofVictim()).toHaveLength(4), 20_000);
    await settled(agentOf(second));
    expect(paths()).toEqual(['/1', '/2', '/slow', '/slow']);
    expectSameBytes(ofVictim());
  }, 60_000);

  it.each(['before', 'after'] as const)(
    'and the one that takes its event over is killed %s that is committed: a third one sends it',
    async (when) => {
      const first = await start(killAt('before', ...WRITTEN));
      await createWebhook(agentOf(first), receiver.url);
      await warmUp(agentOf(first));
      await publishVictim(first);
      await killed(first);
      // It may find the lease ended before it listens.
      const second = spawnApp(envOf(killAt(when, ...TAKEN_OVER)));
      expect(await second.exit).toEqual({ code: null, signal: 'SIGKILL' });
      expect(ofVictim()).toHaveLength(1);
      const rows = await sql.query<object[]>(
        'SELECT claim_count, attempts_begun FROM webhook_deliveries WHERE event_id = ?',
        [idOf(ofVictim()[0] as ReceivedRequest)],
      );
      // The lease that had ended counts as a claim, and what is taken over is durable before it is sent.
      expect(rows).toEqual(when === 'before' ? [] : [{ claim_count: 2, attempts_begun: 2 }]);

      const third = await start();
      await eventually(() => expect(ofVictim()).toHaveLength(2), 20_000);
      await settled(agentOf(third));
      expect(ofVictim()).toHaveLength(2);
      expectSameBytes(ofVictim());
      expect(ofVictim()[1]?.headers['x-posthorn-attempt']).toBe(when === 'before' ? '2' : '3');
    },
    60_000,
  );

  it('by an event: it is durable before it is sent again, and it is given up', async () => {
    const env = { DELIVERY_LEASE_MS: '1000' };
    let current = await start(env);
    await createWebhook(agentOf(current), receiver.url);
    await warmUp(agentOf(current));
    const seen: unknown[] = [];
    receiver.answer(async (request) => {
      if (!request.body.includes(VICTIM)) return {};
      const rows = await sql.query<{ claim_count: number }[]>(
        'SELECT claim_count FROM webhook_deliveries WHERE event_id = ?',
        [idOf(request)],
      );
      seen.push(rows.map(({ claim_count: claims }) => claims));
      current.signal('SIGKILL');
      return { hang: true };
    });
    await publishVictim(current);
    await killed(current);
    for (let claims = 2; claims <= 5; claims += 1) {
      current = await start(env);
      await killed(current);
    }
    // The first time it goes out from memory, under the lease of its event.
    expect(seen).toEqual([[], [2], [3], [4], [5]]);
    const last = await start(env);
    await eventually(async () => {
      expect(await deliveries(agentOf(last), '?state=failed')).toMatchObject([{ reason: 'exhausted' }]);
    }, 20_000);
    await settled(agentOf(last));
    expect(ofVictim()).toHaveLength(5);
  }, 120_000);

  it('while an overload falls back: nothing is lost, and what repeats has the same bytes', async () => {
    const first = await start({ DELIVERY_CONCURRENCY: '2' });
    const http = agentOf(first);
    await createWebhook(http, receiver.url);
    let requests = 0;
    receiver.answer(() => {
      requests += 1;
      if (requests === 25) first.signal('SIGKILL');
      return { delayMs: 20 };
    });
    const accepted: string[] = [];
    await Promise.all(
      Array.from({ length: 12 }, async (_, caller) => {
        for (let n = 0; n < 10; n += 1) {
          // No two have the same body, though they come in the same millisecond.
          const id = await publish(http, { n: `${caller}-${n}` }).catch(() => null);
          if (id === null) return;
          accepted.push(id);
        }
      }),
    );
    await killed(first);
    // Some were held in memory, and some were recorded for any worker.
    expect(new Set(await isHandedOff())).toEqual(new Set([true, false]));

    receiver.answer(200);
    const second = await start();
    await eventually(
      () => expect([...new Set(receiver.requests.map(idOf))]).toEqual(expect.arrayContaining(accepted)),
      20_000,
    );
    await settled(agentOf(second));
    expectSameBytes(receiver.requests);
    expect(await deliveries(agentOf(second), '?state=failed')).toEqual([]);
  }, 60_000);
});
