import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DataSource } from 'typeorm';
import supertest from 'supertest';
import { HOUR_MS, hourOf } from '../../src/archive/manifest.js';
import { filesOf, filesWith, linesIn } from '../support/archived-files.js';
import { openAsItIs } from '../support/database-before-secrets.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type FileStep, killAt, killAtFile, withShortIntervals } from '../support/kill-at.js';
import { markHistory } from '../support/mark-history.js';
import { type ProcessApp, spawnApp, startProcess } from '../support/process-app.js';
import { seedHistory } from '../support/seed-history.js';
import { type HttpAgent, TEST_ADMIN_TOKEN } from '../support/start-app.js';

const DAY_MS = 86_400_000;
const TEXT = 'ada.lovelace+marked@example.com';
const TABLES = ['webhook_attempts', 'webhook_deliveries', 'webhook_bodies', 'webhook_events'];
const STEPS_MS = 20_000;

/** Of SQLite, and of the servers. */
const REMOVES_ATTEMPTS = { sql: 'DELETE.* .webhook_attempts. (?:AS removed|WHERE delivery_id)' };
const REMOVES_EVENTS = { sql: 'DELETE.* .webhook_events. (?:AS removed|WHERE id)' };

type Env = Record<string, string>;

const agentOf = ({ baseUrl }: { baseUrl: string }): HttpAgent =>
  supertest.agent(baseUrl).set('Authorization', `Bearer ${TEST_ADMIN_TOKEN}`);

describeOnEveryDatabase('A process with an archive is killed', (kind) => {
  const processes: ProcessApp[] = [];
  /** In the middle of an hour of twenty days ago. */
  const at = hourOf(Date.now()) - 20 * DAY_MS + HOUR_MS / 2;
  let database: TestDatabase;
  let sql: DataSource;
  let folder: string;
  let dataDir: string;

  beforeEach(async () => {
    database = await kind.create();
    sql = await openAsItIs(database.url);
    [folder = '', dataDir = ''] = await Promise.all(
      ['posthorn-archive-', 'posthorn-data-'].map((name) => mkdtemp(join(tmpdir(), name))),
    );
  });

  afterEach(async () => {
    for (const one of processes.splice(0)) await one.end();
    await sql.destroy();
    await database.drop();
    for (const one of [folder, dataDir]) await rm(one, { recursive: true, force: true });
  });

  const envOf = (env: Env): Env => ({
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    ARCHIVE_URL: pathToFileURL(folder).href,
    RETENTION_DELIVERIES_DAYS: '10',
    RETENTION_PAYLOADS_DAYS: '10',
    RETENTION_ATTEMPTS_DAYS: '10',
    ...withShortIntervals(env),
  });
  const start = async (env: Env = {}) => {
    const started = await startProcess(envOf(env));
    processes.push(started);
    return started;
  };
  /** Runs a process until it has killed itself. */
  const runKilled = async (env: Env): Promise<void> => {
    const app = spawnApp(envOf(env));
    processes.push(app);
    expect(await app.exit).toEqual({ code: null, signal: 'SIGKILL' });
  };
  const endAll = async () => {
    for (const one of processes.splice(0)) await one.end();
  };
  const seed = (count: number, from = at) =>
    seedHistory({ get: <T>() => sql as T }, { webhookId: 'w', count, at: from });
  const count = async (table: string) =>
    Number((await sql.query<{ n: string | number }[]>(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);
  const counts = () => Promise.all(TABLES.map(count));
  const idsInArchive = async () => (await linesIn(folder)).map(({ id }) => id).toSorted();

  describe('as it archives: nothing is lost, removed before it is archived, or archived twice', () => {
    const part: FileStep = { operation: 'rename', path: String.raw`0001-[0-9a-f]{16}\.ndjson\.gz$` };
    const manifest: FileStep = { operation: 'link', path: String.raw`/0001\.json$` };
    const steps: [string, Env, isArchived: boolean][] = [
      ['before it says that it begins', killAtFile('before', { operation: 'rename', path: 'begun$' }), false],
      [
        'when it has said that it begins',
        killAtFile('after', { operation: 'rename', path: 'begun$' }),
        false,
      ],
      ['when the part is written and has not its name', killAtFile('before', part), false],
      ['when the part has its name', killAtFile('after', part), false],
      ['as it reads the part again', killAtFile('after', { ...part, operation: 'readFile' }), false],
      ['before the manifest', killAtFile('before', manifest), false],
      ['behind the manifest', killAtFile('after', manifest), true],
      ['before it removes the first rows', killAt('before', REMOVES_ATTEMPTS), true],
      ['when it has removed the first rows', killAt('after', REMOVES_ATTEMPTS, { sql: 'COMMIT' }), true],
      ['before it removes the last rows', killAt('before', REMOVES_EVENTS), true],
    ];

    it.each(steps)(
      '%s',
      async (_, env, isArchived) => {
        const { eventIds, deliveryIds } = await seed(40);
        const all = [...eventIds, ...deliveryIds].toSorted();
        await runKilled(env);
        expect(await idsInArchive()).toEqual(isArchived ? all : []);
        if (!isArchived) expect(await counts()).toEqual([40, 40, 40, 40]);

        await start();
        await eventually(async () => expect(await counts()).toEqual([0, 0, 0, 0]), STEPS_MS);
        const lines = await linesIn(folder);
        expect(lines.map(({ id }) => id).toSorted()).toEqual(all);
        for (const line of lines) {
          if (line.kind === 'event') expect(line.bodies).toHaveLength(1);
          else expect(line.attempts).toHaveLength(1);
        }
      },
      60_000,
    );
  });

  describe('as it erases: the old or the new is readable, and another process ends what it began', () => {
    const rewritten: FileStep = {
      operation: 'rename',
      path: String.raw`0001-r0001-[0-9a-f]{16}\.ndjson\.gz$`,
    };
    const fence: FileStep = { operation: 'link', path: String.raw`/0001\.r0001\.json$` };
    const manifest: FileStep = { operation: 'rename', path: String.raw`/0001\.json$` };
    const old: FileStep = { operation: 'rm', path: String.raw`/0001-[0-9a-f]{16}\.ndjson\.gz$` };

    const steps: [string, Env][] = [
      [
        'before a step in the database is committed',
        killAt('before', { sql: "UPDATE .webhook_events.*SET snapshot = '{}'" }, { sql: 'COMMIT' }),
      ],
      [
        'when a step in the database is committed',
        killAt('after', { sql: "UPDATE .webhook_events.*SET snapshot = '{}'" }, { sql: 'COMMIT' }),
      ],
      ['when the new part is written and has not its name', killAtFile('before', rewritten)],
      ['when the new part has its name', killAtFile('after', rewritten)],
      ['before the new part counts', killAtFile('before', fence)],
      ['when the new part counts', killAtFile('after', fence)],
      ['before the first manifest is written anew', killAtFile('before', manifest)],
      ['when the first manifest is written anew', killAtFile('after', manifest)],
      ['before the old part is removed', killAtFile('before', old)],
      ['when the old part is removed', killAtFile('after', old)],
    ];

    it.each(steps)(
      '%s',
      async (_, env) => {
        const old20 = await seed(20);
        await markHistory(sql, old20.eventIds.slice(5, 8), { key: 'ada', text: TEXT });
        await start();
        await eventually(async () => expect(await counts()).toEqual([0, 0, 0, 0]), STEPS_MS);
        await endAll();
        const archived = await idsInArchive();
        const recent = await seed(20, Date.now() - DAY_MS);
        await markHistory(sql, recent.eventIds.slice(5, 8), { key: 'ada', text: TEXT });

        const killed = await start(env);
        // It may be killed before it answers.
        await agentOf(killed)
          .post('/admin/erase')
          .send({ key: 'ada' })
          .catch(() => null);
        expect(await killed.exit).toEqual({ code: null, signal: 'SIGKILL' });
        processes.splice(0);
        expect(await idsInArchive()).toEqual(archived);

        // As if the claim of the killed process had ended.
        await sql.query('UPDATE webhook_erasures SET due_at = 1');
        const http = agentOf(await start());
        await eventually(async () => {
          const { body } = await http.get('/admin/erasures').expect(200);
          expect((body as { data: object[] }).data).toMatchObject([
            { state: 'finished', events: 3, archive: { held: [] } },
          ]);
        }, STEPS_MS);
        expect(await filesWith(folder, TEXT)).toEqual([]);
        expect(await idsInArchive()).toEqual(archived);
        expect((await filesOf(folder)).filter((name) => name.endsWith('.gz'))).toHaveLength(1);
        for (const table of TABLES)
          expect(JSON.stringify(await sql.query(`SELECT * FROM ${table}`))).not.toContain(TEXT);
      },
      90_000,
    );
  });
});
