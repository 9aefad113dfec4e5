import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { CommandError, type CommandHost } from '../../src/cli/command.js';
import { runCommand } from '../../src/cli/run-command.js';
import { databasesFor, describeOnEveryDatabase } from '../support/databases.js';
import { findPostgres, POSTGRES_MISSING, startPostgres } from '../support/private-postgres.mjs';
import { useStage } from '../support/stage.js';

/** A webhook in Strapi, before and after it was changed there. */
interface StrapiWebhook {
  id: number;
  enabled: boolean | null;
  url: string;
}

const FIRST = 'https://example.com/first';
const MOVED = 'https://example.com/moved';

const STATES = [true, false, null] as const;

/** Every state at the first import, with every state, changed or not, at the second, and deleted. */
const CASES = STATES.flatMap((before) => [
  ...STATES.flatMap((after) =>
    [FIRST, MOVED].map((url) => ({ before, after: { enabled: after, url } as object | null })),
  ),
  { before, after: null },
]).map((one, index) => ({ ...one, id: index + 1 })) as {
  id: number;
  before: boolean | null;
  after: { enabled: boolean | null; url: string } | null;
}[];

const FIRST_IMPORT: StrapiWebhook[] = CASES.map(({ id, before }) => ({ id, enabled: before, url: FIRST }));

const SECOND_IMPORT: StrapiWebhook[] = CASES.flatMap(({ id, after }) => (after ? [{ id, ...after }] : []));

/** A place that Strapi's webhooks are read from. */
interface Source {
  from: string;
  write(webhooks: readonly StrapiWebhook[]): Promise<void>;
  close(): Promise<void>;
}

const COLUMNS = 'name, url, headers, events, enabled';
const valuesOf = ({ id, url, enabled }: StrapiWebhook) => [
  id,
  `webhook ${id}`,
  url,
  '{"X-Key":"é"}',
  '["entry.create"]',
  enabled,
];

function openSqlite(folder: string): Promise<Source> {
  const file = join(folder, 'data.db');
  const database = new Database(file);
  database.exec(
    `CREATE TABLE strapi_migrations_internal (id integer);
     CREATE TABLE strapi_webhooks (id integer primary key, name text, url text, headers json, events json, enabled boolean)`,
  );
  return Promise.resolve({
    from: file,
    write: (webhooks) => {
      database.exec('DELETE FROM strapi_webhooks');
      const insert = database.prepare(
        `INSERT INTO strapi_webhooks (id, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
      );
      for (const webhook of webhooks) {
        insert.run(valuesOf(webhook).map((value) => (typeof value === 'boolean' ? Number(value) : value)));
      }
      return Promise.resolve();
    },
    close: () => {
      database.close();
      return Promise.resolve();
    },
  });
}

function openJson(folder: string): Promise<Source> {
  const file = join(folder, 'webhooks.json');
  return Promise.resolve({
    from: file,
    write: (webhooks) => {
      const data = webhooks.map(({ id, url, enabled }) => ({
        ...{ id, name: `webhook ${id}`, url, headers: { 'X-Key': 'é' }, events: ['entry.create'] },
        ...{ isEnabled: enabled, contentTypeEvents: {} },
      }));
      writeFileSync(file, JSON.stringify({ data }));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
}

async function openMysql(): Promise<Source> {
  const [mysql] = databasesFor('server');
  if (!mysql) throw new Error('There is no MySQL.');
  const database = await mysql.createEmpty();
  const url = new URL(database.url);
  const connection = await createConnection({
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
  });
  await connection.query('CREATE TABLE strapi_migrations_internal (id int)');
  await connection.query(
    `CREATE TABLE strapi_webhooks (id int unsigned not null primary key, name varchar(255), url longtext, headers json,
       events json, enabled tinyint(1))`,
  );
  return {
    from: database.url,
    write: async (webhooks) => {
      await connection.query('DELETE FROM strapi_webhooks');
      for (const webhook of webhooks) {
        await connection.query(
          `INSERT INTO strapi_webhooks (id, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
          valuesOf(webhook),
        );
      }
    },
    close: async () => {
      await connection.end();
      await database.drop();
    },
  };
}

async function openPostgres(): Promise<Source> {
  const server = await startPostgres(findPostgres() as string);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('CREATE SCHEMA cms');
  await client.query('CREATE TABLE cms.strapi_migrations_internal (id serial)');
  await client.query(
    `CREATE TABLE cms.strapi_webhooks (id serial primary key, name varchar(255), url text, headers jsonb, events jsonb,
       enabled boolean)`,
  );
  return {
    from: `${server.url}?schema=cms`,
    write: async (webhooks) => {
      await client.query('DELETE FROM cms.strapi_webhooks');
      for (const webhook of webhooks) {
        await client.query(
          `INSERT INTO cms.strapi_webhooks (id, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)`,
          valuesOf(webhook),
        );
      }
    },
    close: async () => {
      await client.end();
      await server.stop();
    },
  };
}

const SOURCES: [string, ((folder: string) => Promise<Source>) | null, string?][] = [
  ['a SQLite file', openSqlite],
  ['a JSON file of GET /admin/webhooks', openJson],
  ['MySQL', databasesFor('server').length > 0 ? openMysql : null, 'no MySQL was found'],
  ['PostgreSQL', findPostgres() === null ? null : openPostgres, POSTGRES_MISSING],
];

describeOnEveryDatabase('a second import from Strapi', (kind) => {
  const { app } = useStage(kind, { clock: 'system' });
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-matrix-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  async function run(...args: string[]): Promise<string[]> {
    const lines: string[] = [];
    const host: CommandHost = { print: (line) => lines.push(line), withApplication: (work) => work(app.app) };
    await runCommand(['import-strapi', ...args], host);
    return lines;
  }

  interface Webhook {
    id: string;
    url: string;
    headers: object;
    format: string;
    isEnabled: boolean;
    disabledReason: string | null;
  }

  async function webhooks(): Promise<Map<string, Webhook>> {
    const { body } = await app.http.get('/admin/webhooks').expect(200);
    return new Map((body as { data: Webhook[] }).data.map((webhook) => [webhook.id, webhook]));
  }

  for (const [name, open, missing] of SOURCES) {
    if (!open) {
      console.warn(`The import from ${name} was not tested: ${missing}.`);
      continue;
    }
    it(`from ${name} brings over what was enabled, disabled, changed and deleted there`, async () => {
      const source = await open(folder);
      try {
        await source.write(FIRST_IMPORT);
        const first = await run('--from', source.from);
        expect(first.slice(0, CASES.length).map((line) => line.slice(0, 9).trim())).toEqual(
          CASES.map(() => 'created'),
        );
        expect(first).toContain('The new ones send strapi-v5 bodies.');
        const made = await webhooks();
        for (const { id, before } of CASES) {
          expect(made.get(`strapi-${id}`)).toMatchObject({
            ...{ url: FIRST, headers: { 'X-Key': 'é' }, format: 'strapi-v5', isEnabled: before === true },
            disabledReason: before === true ? null : 'disabled-in-strapi',
          });
        }

        await source.write(SECOND_IMPORT);
        const tried = await run('--from', source.from, '--dry-run');
        expect(await webhooks()).toEqual(made);
        const second = await run('--from', source.from);
        expect(second.slice(0, CASES.length + 1)).toEqual(tried.slice(0, CASES.length + 1));
        const now = await webhooks();
        for (const { id, before, after } of CASES) {
          const line = second.find((each) => each.includes(`strapi-${id} `));
          const wasEnabled = before === true;
          const isEnabled = after === null ? wasEnabled : after.enabled === true;
          const isChanged = after !== null && (isEnabled !== wasEnabled || after.url === MOVED);
          expect(line?.slice(0, 9).trim()).toBe(
            after === null ? 'deleted' : isChanged ? 'updated' : 'unchanged',
          );
          if (after === null) expect(line).toContain(`DELETE /admin/webhooks/strapi-${id} removes it`);
          if (after && isEnabled && !wasEnabled) expect(line).toContain('enabled, as it is there now');
          if (after && !isEnabled && wasEnabled) expect(line).toContain('disabled, as it is there now');
          expect(now.get(`strapi-${id}`)).toMatchObject({ url: after?.url ?? FIRST, isEnabled });
        }
        expect(second.at(-1)).toMatch(
          /: 0 created, \d+ updated, \d+ unchanged, 0 skipped, 3 deleted there\.$/,
        );
        expect(second.join('\n')).not.toContain('its-own-password');
      } finally {
        await source.close();
      }
    }, 60_000);
  }

  it('leaves what was changed here alone, and says so', async () => {
    const source = await openJson(folder);
    await source.write([1, 2, 3].map((id) => ({ id, enabled: id !== 3, url: FIRST })));
    await run('--from', source.from);
    await app.http.post('/admin/webhooks/strapi-1/disable').expect(200);
    const { body } = await app.http.get('/admin/webhooks/strapi-2').expect(200);
    const { name, headers, events } = (body as { data: Record<string, unknown> }).data;
    await app.http
      .put('/admin/webhooks/strapi-2')
      .send({ name, headers, events, url: 'https://example.com/ours' })
      .expect(200);
    await app.http.post('/admin/webhooks/strapi-3/enable').expect(200);
    expect((await run('--from', source.from)).slice(0, 3)).toEqual([
      'unchanged  strapi-1  "webhook 1": stays disabled, and is enabled there',
      'unchanged  strapi-2  "webhook 2": was changed here, and not in Strapi',
      'unchanged  strapi-3  "webhook 3": stays enabled, and is disabled there',
    ]);
    expect((await webhooks()).get('strapi-2')?.url).toBe('https://example.com/ours');
  });

  it('makes again what was deleted here, and says so', async () => {
    const source = await openJson(folder);
    await source.write([{ id: 1, enabled: true, url: FIRST }]);
    await run('--from', source.from);
    await app.http.delete('/admin/webhooks/strapi-1').expect(200);
    expect((await run('--from', source.from))[0]).toBe(
      'created    strapi-1  "webhook 1": made again: it was deleted here since the last import',
    );
  });

  it('gives new webhooks the format that is asked for', async () => {
    const source = await openJson(folder);
    await source.write([{ id: 1, enabled: true, url: FIRST }]);
    await run('--from', source.from, '--format', 'standard');
    expect((await webhooks()).get('strapi-1')?.format).toBe('standard');
    await expect(run('--from', source.from, '--format', 'strapi-v4')).rejects.toThrow(
      '--format must be one of',
    );
  });

  it('says what is wrong with a source, never with its password', async () => {
    const refusal = async (...args: string[]): Promise<string> => {
      const refused: unknown = await run(...args).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(CommandError);
      expect((refused as CommandError).message).not.toContain('very-secret');
      return (refused as CommandError).message;
    };
    const from = (url: string) => refusal('--from', url);
    expect(await from('postgres://root:very-secret@127.0.0.1:1/strapi')).toContain(
      'postgres://127.0.0.1:1/strapi',
    );
    expect(await from('postgres://root:very-secret@127.0.0.1:1/strapi?ssl=1')).toContain('the parameter ssl');
    expect(await from('mysql://root:very-secret@127.0.0.1:1/strapi?ssl=1')).toContain('the parameter ssl');
    expect(await from('mssql://root:very-secret@127.0.0.1:1/strapi')).toContain('--from begins with mssql:');
    expect(await from('postgres://root:very-secret%@127.0.0.1:1/strapi')).toContain(
      'a % itself is written %25',
    );
    expect(await from('postgres//root:very-secret@127.0.0.1:1/strapi')).toContain('there is no such file');
    expect(await refusal('postgres://root:very-secret@127.0.0.1:1/strapi')).toContain('Unexpected argument');
    const file = join(folder, 'other.json');
    writeFileSync(file, '{"password": "very-secret');
    expect(await from(file)).toContain('it is neither a SQLite database nor JSON');
    writeFileSync(file, '{"data": {}}');
    expect(await from(file)).toContain('it holds neither a list of webhooks');
    writeFileSync(file, '[{"id": 1}]');
    expect(await from(file)).toContain('number 1 of its list is no webhook with id and url');
  });
});
