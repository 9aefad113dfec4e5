import { randomBytes } from 'node:crypto';
import { Retention } from '../../src/delivery/retention/retention.js';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { WorkFinder } from '../../src/delivery/worker/work-finder.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { WebhookImports } from '../../src/webhooks/imports/webhook-imports.js';
import { availableDatabases } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { findMysql, PrivateMysql } from '../support/private-mysql.mjs';
import { recover, redeliver } from '../support/recoveries.js';
import { seedHistory } from '../support/seed-history.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';

const DAY_MS = 86_400_000;

/** The most rows of an answer: Vitess refuses one with more. */
const MOST_ROWS = 10_000;

/** Words that a parser of MySQL, MariaDB, OceanBase or Vitess does not take as a bare name. */
const RESERVED = new Set(
  `accessible add all alter analyze and array as asc asensitive before between bigint binary blob both by call cascade
   case cast change char character check collate column condition constraint continue convert create cross cube
   cume_dist current_date current_time current_timestamp current_user cursor database databases day_hour
   day_microsecond day_minute day_second dec decimal declare default delayed delete dense_rank desc describe
   deterministic distinct distinctrow div double drop dual each else elseif empty enclosed escaped except exists exit
   explain extract false fetch first_value float for force foreign from fulltext function generated get global grant group
   grouping groups having high_priority hour_microsecond hour_minute hour_second if ignore in index infile inner
   inout insensitive insert int integer intersect interval into is iterate join json_table key keys kill lag
   last_value lateral lead leading leave left like limit linear lines load localtime localtimestamp lock long longblob
   longtext loop low_priority manual match maxvalue mediumblob mediumint mediumtext member middleint minute_microsecond
   minute_second mod modifies natural no_write_to_binlog not now nth_value ntile null numeric of offset on optimize
   option optionally or order out outer outfile over parallel partition percent_rank position precision primary procedure
   purge qualify range rank read reads real recursive references regexp release rename repeat replace require resignal
   restrict return returning revoke right rlike row row_number rows rownum schema schemas second_microsecond select
   sensitive separator session set show signal smallint spatial specific sql sqlexception sqlstate sqlwarning ssl
   starting stored straight_join substr substring sysdate system table tables tablesample terminated then timestampadd
   timestampdiff tinyblob tinyint tinytext to trailing trigger trim true undo union unique unlock unsigned update usage
   use user using utc_date utc_time utc_timestamp values varbinary varchar varcharacter varying virtual when where while
   window with write xor year_month zerofill`.split(/\s+/),
);

/** Tables of few rows whatever is sent: one, or one for each host of a claim. */
const ALWAYS_SMALL = /FROM `(?:migrations|webhook_registry|posthorn_clock|webhook_clock)`/;

/** A statement without its texts and comments. What a comment has for one engine alone is not one. */
function strip(sql: string): string {
  return sql
    .replace(/\/\*M?!\d*(.*?)\*\//gs, '$1')
    .replace(/\/\*.*?\*\//gs, ' ')
    .replace(/'(?:[^'\\]|\\.|'')*'/g, "''")
    .replace(/\s+/g, ' ')
    .trim();
}

/** What a parser, or a gate before the server, would not take of a statement; empty: nothing. */
function faultsOf(statement: string, database: string): string[] {
  const sql = strip(statement);
  const faults: string[] = [];
  const bare = [...sql.matchAll(/\bAS ([a-z_]\w*)\b/gi)].map(([, name = '']) => name.toLowerCase());
  for (const name of bare) {
    const isType =
      /^(?:char|signed|unsigned|decimal|double|json|binary)$/.test(name) && /\bCAST\(/i.test(sql);
    if (RESERVED.has(name) && !isType) faults.push(`the alias ${name}`);
  }
  if (sql.includes(`${database}\`.`) || sql.includes(`${database}.`)) faults.push('the name of the database');
  if (/information_schema/i.test(sql)) faults.push('information_schema');
  if (/\b(?:GET|RELEASE|IS_FREE)_LOCK\b[^)]*\) AS\b/i.test(sql)) faults.push('a lock function with an alias');
  if (/\bRETURNING\b/i.test(sql)) faults.push('RETURNING');
  if (/\bLIMIT ''/i.test(sql)) faults.push('a text behind LIMIT');
  if (/^\(?SELECT\b/i.test(sql) && !isBounded(sql)) faults.push('an answer of any length');
  return faults;
}

/** Whether the answer of a SELECT has a bound that does not depend on what is stored. */
function isBounded(sql: string): boolean {
  const limits = [...sql.matchAll(/\bLIMIT (\d+)(?:, ?(\d+))?/gi)].map(([, first, second]) =>
    Number(second ?? first),
  );
  if (limits.length > 0) return limits.every((limit) => limit <= MOST_ROWS + 1);
  if (!/\bFROM\b/i.test(sql) || ALWAYS_SMALL.test(sql)) return true;
  const isAggregate = /^SELECT (?:COUNT|SUM|MIN|MAX|AVG|COALESCE)\(/i.test(sql) && !/\bGROUP BY\b/i.test(sql);
  // Some keys: as many rows as a caller named, or those that belong to one thing.
  const byKeys =
    /\bWHERE\b.*(?:\b|`)\w*(?:id|key|hash|uid|rendering|lease_token|entry_id|slot|version)`? ?(?:= ?\S|IN ?\()/i;
  return isAggregate || byKeys.test(sql);
}

const programs = availableDatabases().some(({ name }) => name === 'mysql') ? findMysql() : null;

// OceanBase keeps no general log. What it does not take, it refuses in the other tests.
if (programs && programs.engine !== 'oceanbase') {
  describe('The statements of a day', () => {
    const clock = new ManualClock();
    const database = `plain_${randomBytes(4).toString('hex')}`;
    let server: PrivateMysql;
    let receiver: Receiver;
    let app: RunningApp;
    let statements: string[];

    beforeAll(async () => {
      server = await PrivateMysql.create([], { isDurable: false });
      receiver = await startReceiver();
      await server.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
      await server.query("SET GLOBAL log_output = 'TABLE'");
      await server.query('SET GLOBAL general_log = 1');
      app = await startApp({
        databaseUrl: `${server.url}/${database}`,
        clock,
        settings: {
          delivery: { worker: false },
          webhooks: { retrySchedule: [10], handshakeOrigin: 'posthorn.example.com' },
        },
      });
      await liveThroughADay();
      await app.close();
      await handOffAnEvening();
      const rows = (await server.query(
        `SELECT DISTINCT CONVERT(argument USING utf8mb4) AS argument FROM mysql.general_log
         WHERE command_type IN ('Query', 'Execute', 'Prepare')`,
      )) as { argument: string }[];
      statements = rows
        .map(({ argument }) => argument)
        .filter((sql) => !/general_log|^CREATE DATABASE|AS handed /.test(sql));
    }, 120_000);

    afterAll(async () => {
      await receiver.close();
      await server.remove();
    });

    async function liveThroughADay(): Promise<void> {
      const { http } = app;
      const work = () => app.get(DeliveryWorker).runOnce();
      const plain = await createWebhook(http, receiver.url, { filter: 'data.n != 3' });
      await createWebhook(http, `${receiver.url}/few`, { concurrency: 2, rateLimit: 100 });
      await createWebhook(http, `${receiver.url}/ordered`, { ordering: 'entry', tenant: 'one' });
      await createWebhook(http, `${receiver.url}/asked`, {
        cloudEventsHandshake: true,
        format: 'cloudevents',
      });
      const token = await http
        .post('/admin/tokens')
        .send({ name: 'one', scopes: ['*'], tenant: 'one' })
        .expect(201);
      const ofTenant = app.httpAs((token.body as { data: { token: string } }).data.token);
      const made = await http.post('/api/addresses').send({ data: { city: 'Bonn' } });
      if (made.status === 200 || made.status === 201) {
        const { id } = (made.body as { data: { id: number } }).data;
        await http.put(`/api/addresses/${id}`).send({ data: { city: 'Köln' } });
        await http.get('/api/addresses');
        await http.delete(`/api/addresses/${id}`);
      }
      await http.post('/api/upload').attach('files', Buffer.from('text'), 'a.txt');
      await http.get('/api/upload/files');
      receiver.answer([500, 200, 429, 200]);
      for (let n = 0; n < 12; n += 1) await publish(http, { n }, { key: `${n % 3}` });
      await http
        .post('/admin/events')
        .set('Idempotency-Key', 'once')
        .send({ type: 'order.shipped', data: {} })
        .expect(202);
      for (let pass = 0; pass < 4; pass += 1) {
        await work();
        clock.advance(11_000);
      }
      const [first] = await deliveries(http);
      await http.get(`/admin/deliveries/${first!.id}`).expect(200);
      await http.post(`/admin/deliveries/${first!.id}/redeliver`).expect(202);
      await redeliver(http, { webhookId: plain.id });
      await recover(http, plain.id, { since: new Date(clock.now() - DAY_MS).toISOString() });
      await work();
      for (const path of [
        '/admin/deliveries?state=failed',
        '/admin/deliveries?webhookId=none&tenant=one',
        '/admin/events',
        '/admin/webhooks',
        '/admin/webhooks?limit=10',
        '/admin/webhooks/health',
        '/admin/overview',
        '/admin/overview?hours=168',
        '/admin/audit',
        '/admin/tokens',
        '/admin/settings',
        '/metrics',
        '/health/ready',
      ]) {
        for (const one of [http, ofTenant]) await one.get(path);
      }
      await http
        .post('/admin/deliveries/count')
        .send({ filter: { state: 'failed' } })
        .expect(200);
      await seedHistory(app, {
        webhookId: plain.id,
        count: 50,
        at: clock.now() - 400 * DAY_MS,
        state: 'succeeded',
      });
      await app.get(Retention).runOnce();
      await http.put(`/admin/webhooks/${plain.id}`).send({ url: receiver.url, tenant: 'one' });
      await http.delete(`/admin/webhooks/${plain.id}`).expect(200);
      await work();
    }

    /** Events that go from the process that records them to its own worker, and one that it takes over. */
    async function handOffAnEvening(): Promise<void> {
      const evening = await startApp({
        databaseUrl: `${server.url}/${database}`,
        settings: { delivery: { worker: true } },
      });
      try {
        const { http } = evening;
        for (const { id } of ((await http.get('/admin/webhooks')).body as { data: { id: string }[] }).data) {
          await http.delete(`/admin/webhooks/${id}`).expect(200);
        }
        const webhook = await createWebhook(http, `${receiver.url}/evening`, { headers: { 'x-a': 'b' } });
        await http.patch(`/admin/webhooks/${webhook.id}`).send({ name: 'Evening' }).expect(200);
        const arrived = () => receiver.requests.filter(({ path }) => path === '/evening').length;
        await eventually(() => expect(evening.get(WorkFinder).isUpToDate).toBe(true));
        // Only a process that has the webhooks' present version hands off.
        await eventually(async () => {
          await publish(http, { n: 0 });
          const [row] = (await server.query(
            `SELECT COUNT(bodies) AS handed FROM ${database}.webhook_events`,
          )) as { handed: string | number }[];
          expect(Number(row?.handed)).toBeGreaterThan(0);
        });
        await eventually(async () => expect(await deliveries(http, '?state=pending')).toEqual([]));
        const before = arrived();
        receiver.answer([200, 500, 200]);
        await publish(http, { n: 1 });
        await http
          .post('/admin/events')
          .send([1, 2, 3].map((n) => ({ type: 'order.shipped', data: { n } })))
          .expect(202);
        await http
          .post('/intake/strapi?source=shop')
          .send({ event: 'entry.create', createdAt: new Date(0), model: 'address', entry: { id: 1 } })
          .expect(202);
        await eventually(() => expect(arrived()).toBe(before + 5));
        await http.get('/api/addresses/z7v8zma53x01r6oceimv922b').expect(404);
        await http.get('/api/addresses?filters[city][$contains]=r&filters[city][$ne]=x').expect(200);
        await http.get('/api/addresses?filters[category][name][$null]=false');
        const row = { id: 1, name: 'a', url: receiver.url, headers: null, events: '[]', enabled: 1 };
        for (let n = 0; n < 2; n += 1) {
          await evening
            .get(WebhookImports)
            .import([row], { source: 'shop', isDryRun: false, format: 'strapi-v5' });
        }
        await eventually(async () => expect(await deliveries(http, '?state=pending')).toHaveLength(1));
      } finally {
        await evening.close();
      }
    }

    it('are those of a whole day', () => {
      expect(statements.length).toBeGreaterThan(200);
      for (const part of [
        'migrations_lock',
        'CREATE TABLE',
        'ALTER TABLE',
        'SKIP LOCKED',
        'webhook_redeliveries',
        'admin_audit',
        'webhook_imports',
        'AS redelivery',
        // Of events that are handed off: inserted under a lease, their marks cleared under its token.
        'lease_token, bodies)',
        'lease_token = NULL WHERE id IN',
      ]) {
        expect(statements.filter((sql) => sql.includes(part))).not.toEqual([]);
      }
    });

    it('are ones that every engine takes', () => {
      const faulty = new Map<string, string[]>();
      for (const sql of statements) {
        const faults = faultsOf(sql, database);
        if (faults.length > 0) faulty.set(strip(sql).slice(0, 300), faults);
      }
      expect([...faulty]).toEqual([]);
    });

    it.each([
      ["SELECT GET_LOCK('a', 1) AS held", 'a lock function with an alias'],
      ['SELECT UTC_TIMESTAMP(3) AS now', 'the alias now'],
      ['SELECT id FROM `webhooks` WHERE is_enabled > 0', 'an answer of any length'],
      ['SELECT id FROM `webhooks` LIMIT 20000', 'an answer of any length'],
      ['SELECT * FROM INFORMATION_SCHEMA.COLUMNS LIMIT 1', 'information_schema'],
      ["DELETE FROM `db`.`webhooks` WHERE id = 'x'", 'the name of the database'],
    ])('%s would be found', (sql, fault) => {
      expect(faultsOf(sql, 'db')).toEqual([fault]);
    });
  });
}
