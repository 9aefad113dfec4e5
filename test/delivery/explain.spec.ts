import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { readPlan } from '../support/plans.js';
import { type RunningApp, startApp } from '../support/start-app.js';

const WEBHOOKS = 10;
const ROWS = 20_000;

// What the figures are with millions of rows, the bench says; which index is taken is the same.
describeOnEveryDatabase('The plans of hot statements', (kind) => {
  let database: TestDatabase;
  let app: RunningApp;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await kind.create();
    app = await startApp({ databaseUrl: database.url, settings: { delivery: { worker: false } } });
    dataSource = app.get<DataSource>(getDataSourceToken());
    await fill();
  }, 60_000);

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  /** A history of deliveries that have ended, with a few pending at its end. */
  async function fill(): Promise<void> {
    for (let start = 0; start < ROWS; start += 500) {
      const rows = Array.from({ length: 500 }, (_, i) => {
        const n = start + i;
        const isPending = n >= ROWS - 200;
        const webhook = `webhook-${n % WEBHOOKS}`;
        return [
          `0190163d-8694-739b-aea5-${String(n).padStart(12, '0')}`,
          `event-${n}`,
          webhook,
          isPending ? 'pending' : 'succeeded',
          isPending ? webhook : null,
          isPending ? n : null,
        ];
      });
      await dataSource.query(
        `INSERT INTO webhook_deliveries
         (id, event_id, webhook_id, event, rendering, state, lane, due_at, next_trigger, created_at)
         VALUES ${rows.map(() => "(?,?,?,'entry.create','strapi-v3',?,?,?,'event',0)").join(',')}`,
        rows.flat(),
      );
    }
    await dataSource.query(
      kind.dialect === 'mysql' ? 'ANALYZE TABLE webhook_deliveries, webhook_events' : 'ANALYZE',
    );
  }

  /** The primary key's name: SQLite makes one up. */
  const primary = () => (kind.dialect === 'mysql' ? 'PRIMARY' : 'sqlite_autoindex_webhook_deliveries_1');

  it.each<[string, string, unknown[], () => string]>([
    [
      'what is due of a webhook',
      'SELECT id, lane FROM webhook_deliveries WHERE lane = ? AND due_at <= ? ORDER BY due_at LIMIT 64',
      ['webhook-1', ROWS],
      () => 'webhook_deliveries_due',
    ],
    [
      'the first that is due of a webhook',
      'SELECT lane, due_at FROM webhook_deliveries WHERE lane = ? ORDER BY due_at LIMIT 1',
      ['webhook-1'],
      () => 'webhook_deliveries_due',
    ],
    [
      'the line of an ordered webhook',
      'SELECT id, order_key, due_at FROM webhook_deliveries WHERE order_lane = ? AND order_key > ? ORDER BY order_key, sequence LIMIT 200',
      ['webhook-1', ''],
      () => 'webhook_deliveries_in_order',
    ],
    [
      'the history of everything',
      'SELECT * FROM webhook_deliveries WHERE id < ? ORDER BY id DESC LIMIT 51',
      ['0190163d-8694-739b-aea5-000000010000'],
      primary,
    ],
    [
      'the history of a webhook',
      'SELECT * FROM webhook_deliveries WHERE webhook_id = ? AND id < ? ORDER BY id DESC LIMIT 51',
      ['webhook-1', '0190163d-8694-739b-aea5-000000010000'],
      () => 'webhook_deliveries_by_webhook',
    ],
  ])('%s is read through its index and sorted by nobody', async (_, sql, parameters, key) => {
    const { steps, sorts } = await readPlan(dataSource, { sql, parameters });
    expect(steps.map((step) => step.key)).toEqual([key()]);
    expect(sorts).toBe(false);
  });

  it('events that wait for their fan-out are found through their mark', async () => {
    const sql = 'SELECT id FROM webhook_events WHERE fan_out_due_at >= ? ORDER BY fan_out_due_at LIMIT 200';
    const { steps, sorts } = await readPlan(dataSource, { sql, parameters: [1] });
    expect(steps[0]?.key).toBe('webhook_events_to_fan_out');
    expect(sorts).toBe(false);
  });

  it('events that were handed off are written by their keys alone', async () => {
    const ids = Array.from(
      { length: 20 },
      (__, n) => `0190163d-8694-739b-aea5-${String(n).padStart(12, '0')}`,
    );
    const these = ids.map(() => '?').join(',');
    const hint = kind.dialect === 'mysql' ? ' FORCE INDEX (PRIMARY)' : '';
    const { steps } = await readPlan(dataSource, {
      sql: `UPDATE webhook_events${hint} SET fan_out_due_at = NULL, lease_token = NULL
       WHERE id IN (${these}) AND lease_token IN (${these})`,
      parameters: [...ids, ...ids],
    });
    const [step] = steps;
    expect(step?.key).toBe(kind.dialect === 'mysql' ? 'PRIMARY' : 'sqlite_autoindex_webhook_events_1');
    if (step?.rows !== null) expect(step?.rows).toBeLessThanOrEqual(20);
  });

  it.each([
    [
      'locks',
      (ids: string) => `SELECT id FROM webhook_deliveries WHERE id IN (${ids}) AND due_at <= ?`,
      ' FOR UPDATE SKIP LOCKED',
    ],
    [
      'leases',
      (ids: string) =>
        `UPDATE webhook_deliveries SET lease_token = 'mine' WHERE id IN (${ids}) AND due_at <= ?`,
      '',
    ],
  ])('a claim %s its candidates by their keys alone', async (_, statementOf, lock) => {
    const ids = Array.from(
      { length: 20 },
      (__, n) => `0190163d-8694-739b-aea5-${String(n).padStart(12, '0')}`,
    );
    const sql = statementOf(ids.map(() => '?').join(','));
    const { steps } = await readPlan(dataSource, {
      sql: kind.dialect === 'mysql' ? `${sql}${lock}` : sql,
      parameters: [...ids, ROWS],
    });
    const [step] = steps;
    expect(step?.key).toBe(primary());
    if (step?.rows !== null) expect(step?.rows).toBeLessThanOrEqual(20);
  });
});
