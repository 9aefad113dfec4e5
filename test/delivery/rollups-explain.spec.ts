import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import {
  countWaiting,
  estimateUnsentBytes,
  sumWaiting,
  type WaitingWork,
} from '../../src/delivery/admission/measure-backlog.js';
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

  beforeAll(async () => {
    database = await kind.create();
    app = await startApp({ databaseUrl: database.url, settings: { delivery: { worker: false } } });
    const ids: string[] = [];
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
      await fill(table, ids, spanMs);
    }
    await analyse(app, TABLES);
  }, 60_000);

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  /** Rows of a long time, of which little is asked for. */
  async function fill(table: string, ids: string[], spanMs: number): Promise<void> {
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
      waiting = await countWaiting(manager);
      bytes = await estimateUnsentBytes(manager, waiting);
    });
    expect(statements).toHaveLength(4);
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
});
