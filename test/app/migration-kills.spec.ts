import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import supertest from 'supertest';
import { isMigrationFinished } from '../../src/database/finish-migration.js';
import { SystemClock } from '../../src/host/clock.js';
import { TimeOrderedIds } from '../../src/host/time-ordered-ids.js';
import { PACKAGE_ROOT } from '../../src/package.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { makeDatabaseBefore, openAsItIs } from '../support/database-before-secrets.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { killAt, type KillStep } from '../support/kill-at.js';
import { type ProcessApp, spawnApp, startProcess } from '../support/process-app.js';
import { TEST_ADMIN_TOKEN, TEST_SECRETS_KEY } from '../support/start-app.js';
import { deliveries, publish } from '../support/webhooks.js';

/** The first migration that release 0.1 does not know. */
const AFTER_0_1 = 'ClaimTokens';

describeOnEveryDatabase('A database of release 0.1', (kind) => {
  let database: TestDatabase;
  let sql: DataSource;
  let receiver: Receiver;
  let dataDir: string;
  /** What was rendered and not delivered, by the event. */
  let bodies: Map<string, string>;

  beforeEach(async () => {
    database = await kind.createEmpty();
    receiver = await startReceiver();
    dataDir = await mkdtemp(join(tmpdir(), 'posthorn-data-'));
    await makeDatabaseBefore(
      database.url,
      [
        {
          id: 'w',
          url: receiver.url,
          headers: {},
          secret: `whsec_${Buffer.alloc(32, 3).toString('base64')}`,
        },
      ],
      Buffer.from(TEST_SECRETS_KEY, 'base64'),
      AFTER_0_1,
    );
    sql = await openAsItIs(database.url);
    bodies = new Map();
  });

  afterEach(async () => {
    await receiver.close();
    await sql.destroy();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const env = (more: Record<string, string> = {}) => ({
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    DELIVERY_LEASE_MS: '2000',
    DELIVERY_POLL_MS: '50',
    ...more,
  });
  const agentOf = ({ baseUrl }: { baseUrl: string }) =>
    supertest.agent(baseUrl).set('Authorization', `Bearer ${TEST_ADMIN_TOKEN}`);

  /**
   * Leaves behind what a process of 0.1 leaves that is killed: an event that waits for its fan-out, a delivery that is
   * due, and one under its lease.
   */
  async function leaveWork(): Promise<string[]> {
    const ids = new TimeOrderedIds(new SystemClock());
    const now = Date.now();
    const events = [0, 1, 2].map(() => ids.next());
    for (const [n, id] of events.entries()) {
      await sql.query(
        'INSERT INTO webhook_events (id, type, snapshot, fan_out_due_at, created_at) VALUES (?, ?, ?, ?, ?)',
        [id, 'order.shipped', JSON.stringify({ n }), n === 0 ? now : null, now],
      );
      if (n === 0) continue;
      const body = JSON.stringify({ event: 'order.shipped', old: n });
      bodies.set(id, body);
      await sql.query(
        'INSERT INTO webhook_bodies (event_id, rendering, content_type, body) VALUES (?, ?, ?, ?)',
        [id, 'strapi-v3', 'application/json', body],
      );
      const isLeased = n === 2;
      await sql.query(
        `INSERT INTO webhook_deliveries (id, event_id, webhook_id, event, rendering, state, attempts_begun, claim_count,
           next_trigger, next_attempt_at, lane, due_at, lease_token, created_at)
         VALUES (?, ?, 'w', 'order.shipped', 'strapi-v3', 'pending', ?, ?, 'event', ?, 'w', ?, ?, ?)`,
        [
          ids.next(),
          id,
          Number(isLeased),
          Number(isLeased),
          now,
          now + Number(isLeased) * 500,
          isLeased ? 'dead' : null,
          now,
        ],
      );
    }
    return events;
  }

  async function expectArrived(events: readonly string[]): Promise<void> {
    const seen = () =>
      new Map(receiver.requests.map((one) => [one.headers['webhook-id'], one.body.toString()]));
    await eventually(() => expect([...seen().keys()]).toEqual(expect.arrayContaining([...events])), 20_000);
    for (const [id, body] of bodies) expect(seen().get(id)).toBe(body);
  }

  it.each<[string, 'before' | 'after', KillStep]>([
    ['as a migration is noted', 'before', { sql: 'INSERT INTO .*migrations.*ClaimTokens' }],
    ['between two migrations', 'after', { sql: 'INSERT INTO .*migrations.*Requests' }],
    ['half-way through a migration', 'after', { sql: 'TABLE .(?:temporary_)?webhook_events.*lease_token' }],
    ['as the last migration is noted', 'before', { sql: 'INSERT INTO .*migrations.*WebhookImports' }],
  ])(
    'whose migration is killed %s is migrated by the next start, and what was under way arrives',
    async (_, when, step) => {
      const events = await leaveWork();
      const killed = spawnApp(env(killAt(when, step)));
      expect(await killed.exit).toEqual({ code: null, signal: 'SIGKILL' });
      expect(receiver.requests).toEqual([]);
      const next = await startProcess(env());
      try {
        await expectArrived(events);
        expect(await isMigrationFinished(sql)).toBe(false);
        await eventually(async () =>
          expect(await deliveries(agentOf(next), '?state=succeeded')).toHaveLength(3),
        );
        expect(receiver.requests).toHaveLength(3);
      } finally {
        await next.end();
      }
    },
    60_000,
  );

  it('whose migration is ended by a command that is killed works on, and the command can be given again', async () => {
    const finish = async (more: Record<string, string> = {}) => {
      const command = spawn(process.execPath, [join(PACKAGE_ROOT, 'dist', 'cli.js'), 'migrate', '--finish'], {
        env: { PATH: process.env['PATH'], SECRETS_KEY: TEST_SECRETS_KEY, ...env(more) },
        stdio: 'ignore',
      });
      return new Promise((resolve) => command.once('close', (code, signal) => resolve(signal ?? code)));
    };
    const handedOff = async (id: string): Promise<boolean> => {
      const [row] = await sql.query<{ bodies: string | null }[]>(
        'SELECT bodies FROM webhook_events WHERE id = ?',
        [id],
      );
      return row?.bodies != null;
    };
    const FINISHED: KillStep = { sql: 'UPDATE .webhook_registry. SET migration_finished' };
    const events = await leaveWork();
    let server: ProcessApp & { baseUrl: string } = await startProcess(env());
    try {
      for (const kill of [killAt('after', { sql: 'migration-probe' }), killAt('before', FINISHED)]) {
        expect(await finish(kill)).toBe('SIGKILL');
        expect(await isMigrationFinished(sql)).toBe(false);
        const id = await publish(agentOf(server));
        events.push(id);
        expect(await handedOff(id)).toBe(false);
      }
      expect(await finish(killAt('after', FINISHED))).toBe('SIGKILL');
      expect(await isMigrationFinished(sql)).toBe(true);
      expect(await finish()).toBe(0);
      await eventually(async () => {
        const id = await publish(agentOf(server));
        events.push(id);
        expect(await handedOff(id)).toBe(true);
      });
      // What it holds now is in a form that 0.1 does not know, and it is killed.
      const last = receiver.requests.length + 1;
      receiver.answer(() => {
        if (receiver.requests.length >= last) server.signal('SIGKILL');
        return { hang: true };
      });
      await publish(agentOf(server))
        .then((id) => events.push(id))
        .catch(() => undefined);
      await server.exit;
      receiver.answer(200);
      server = await startProcess(env());
      await expectArrived(events);
      await eventually(
        async () => expect(await deliveries(agentOf(server), '?state=pending')).toEqual([]),
        20_000,
      );
      const probes = await deliveries(agentOf(server), '?event=posthorn.migration-probe');
      expect(probes).toEqual([]);
    } finally {
      await server.end();
    }
  }, 120_000);
});
