import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { BacklogScan, sumWaiting, type WaitingWork } from '../../src/delivery/admission/backlog-scan.js';
import { estimateUnsentBytes } from '../../src/delivery/admission/measure-backlog.js';
import { placeholderRows } from '../../src/database/dialect.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { analyse, statementsOf, wholeScans } from '../support/explain.js';
import { seedHistory } from '../support/seed-history.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook } from '../support/webhooks.js';

const HOUR_MS = 3_600_000;
const WEBHOOKS = 5;
const TABLES = [
  'webhook_minutes',
  'webhook_hours',
  'webhook_deliveries',
  'webhook_events',
  'webhook_attempts',
];

// What the figures are with millions of rows, the bench says; what is read from beginning to end is the same.
describeOnEveryDatabase('The statements of the overview', (kind) => {
  let database: TestDatabase;
  let app: RunningApp;
  const ids: string[] = [];

  beforeAll(async () => {
    database = await kind.create();
    app = await startApp({ databaseUrl: database.url, settings: { delivery: { worker: false } } });
    for (let n = 0; n < WEBHOOKS; n += 1) {
      ids.push((await createWebhook(app.http, 'http://127.0.0.1:9', { tenant: `t${n}` })).id);
    }
    for (const webhookId of ids) {
      await seedHistory(app, { webhookId, count: 2_000, at: Date.now() - HOUR_MS, state: 'succeeded' });
    }
    await seedHistory(app, {
      webhookId: ids[0]!,
      count: 20,
      at: Date.now() - HOUR_MS + 5_000,
      state: 'pending',
    });
    for (const [table, spanMs] of [
      ['webhook_minutes', 60_000],
      ['webhook_hours', HOUR_MS],
    ] as const) {
      await fill(table, spanMs);
    }
    await analyse(app, TABLES);
  }, 60_000);

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  /** Rows of a long time, of which little is asked for. */
  async function fill(table: string, spanMs: number): Promise<void> {
    const last = Date.now() - (Date.now() % spanMs);
    const dataSource = app.get<DataSource>(getDataSourceToken());
    for (let n = 0; n < 4_000; n += 500) {
      const rows = Array.from({ length: 500 }, (_, i) =>
        ['', ...ids].map((id) => [id, '', last - (n + i) * spanMs]),
      );
      await dataSource.query(
        `INSERT INTO ${table} (webhook_id, tenant, at) VALUES ${placeholderRows(500 * (WEBHOOKS + 1), 3)}`,
        rows.flat(2),
      );
    }
  }

  it.each([
    '/admin/overview?hours=1',
    '/admin/overview',
    '/admin/overview?hours=168',
    '/admin/webhooks/health',
  ])('GET %s reads nothing from its beginning to its end, whoever asks', async (path) => {
    const made = await app.http.post('/admin/tokens').send({ name: 't1', scopes: ['*'], tenant: 't1' });
    for (const http of [app.http, app.httpAs(made.body.data.token)]) {
      const statements = await statementsOf(app, () => http.get(path).expect(200));
      expect(statements.length).toBeGreaterThan(2);
      expect(await wholeScans(app, statements, TABLES)).toEqual([]);
      expect(statements.filter(({ sql }) => sql.includes('webhook_attempts'))).toEqual([]);
    }
  });

  it('what the bounds of recording are on is counted through indexes alone, and right', async () => {
    const dataSource = app.get<DataSource>(getDataSourceToken());
    const { manager } = dataSource;
    await dataSource.query(
      `UPDATE webhook_events SET fan_out_due_at = created_at WHERE id IN (SELECT id FROM (SELECT id FROM webhook_events ORDER BY id LIMIT 3) AS some)`,
    );
    let waiting: WaitingWork | null = null;
    let bytes = 0;
    const statements = await statementsOf(app, async () => {
      waiting = await new BacklogScan().readOn(manager);
      bytes = await estimateUnsentBytes(manager, waiting);
    });
    expect(statements).toHaveLength(6);
    expect(await wholeScans(app, statements, [...TABLES, 'webhook_bodies'])).toEqual([]);
    expect(sumWaiting(waiting!)).toBe(23);
    // The seeded bodies differ by a digit: the sample is right to a byte for each.
    const [exact] = await dataSource.query<{ bytes: string }[]>(
      `SELECT SUM(OCTET_LENGTH(b.body)) AS bytes FROM webhook_deliveries d
       JOIN webhook_bodies b ON b.event_id = d.event_id WHERE d.lane > ''`,
    );
    const ofEvents = 3 * '{"n":0}'.length;
    expect(Math.abs(bytes - ofEvents - Number(exact?.bytes))).toBeLessThan(20);
  });

  it('a long backlog is counted in parts that each read a bounded number of index entries, and right', async () => {
    const dataSource = app.get<DataSource>(getDataSourceToken());
    const most = 6;
    for (const [webhookId, count] of [
      [ids[1], 9],
      [ids[3], 1],
      [ids[4], 14],
    ] as const) {
      const at = Date.now() - HOUR_MS + 60_000 + count * 1_000;
      await seedHistory(app, { webhookId: webhookId!, count, at, state: 'pending' });
    }
    // Rows that are due in the same millisecond stand where parts end.
    await dataSource.query('UPDATE webhook_deliveries SET due_at = due_at - due_at % 3 WHERE lane > ?', ['']);
    await dataSource.query(
      `UPDATE webhook_events SET fan_out_due_at = ? WHERE id IN (SELECT id FROM (SELECT id FROM webhook_events ORDER BY id LIMIT 8) AS some)`,
      [Date.now()],
    );
    await dataSource.query(
      `UPDATE webhook_events SET fan_out_due_at = -5 WHERE id IN (SELECT id FROM (SELECT id FROM webhook_events ORDER BY id LIMIT 2) AS some)`,
    );
    await analyse(app, TABLES);

    const scan = new BacklogScan(most);
    const found: number[] = [];
    const statements = await statementsOf(app, () =>
      // On one connection: the server counts what a connection reads.
      dataSource.transaction(async (manager) => {
        for (let readings = 0; !scan.isComplete && readings < 50; readings += 1) {
          const before = await countReads(manager);
          found.push(sumWaiting(await scan.readOn(manager)));
          // Each entry twice, the end of each of at most four ranges, and up to twice the rows of one time (8).
          expect((await countReads(manager)) - before).toBeLessThanOrEqual(2 * most + 4 + 2 * 8);
        }
      }),
    );
    expect(found.length).toBeGreaterThan(5);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found.at(-1)).toBe(8 + 20 + 9 + 1 + 14);
    const whole = await new BacklogScan().readOn(dataSource.manager);
    const { manager } = dataSource;
    // The next pass begins anew, and until it ends the whole count is what is known.
    await dataSource.query('DELETE FROM webhook_deliveries WHERE lane = ?', [ids[4]]);
    expect(sumWaiting(await scan.readOn(manager))).toBe(52);
    let last: WaitingWork = whole;
    for (let readings = 0; readings < 50; readings += 1) last = await scan.readOn(manager);
    expect(sumWaiting(last)).toBe(52 - 14);
    expect(whole.byLane.map(({ lane, count }) => [lane, count])).toEqual([
      [ids[0], 20],
      [ids[1], 9],
      [ids[3], 1],
      [ids[4], 14],
    ]);
    expect(await wholeScans(app, statements, TABLES)).toEqual([]);
  });

  /** Index entries that a connection has read so far; 0 on SQLite, which does not count them. */
  async function countReads(manager: EntityManager): Promise<number> {
    if (kind.dialect !== 'mysql') return 0;
    const rows = await manager.query<{ Variable_name: string; Value: string }[]>(
      `SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_key', 'Handler_read_next', 'Handler_read_prev', 'Handler_read_first', 'Handler_read_last')`,
    );
    return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
  }
});
