import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createConnection } from 'mysql2/promise';
import { CommandError, type CommandHost } from '../../src/cli/command.js';
import { runCommand } from '../../src/cli/run-command.js';
import { PACKAGE_ROOT } from '../../src/package.js';
import { WebhookService } from '../../src/webhooks/registrations/webhook.service.js';
import { databasesFor, describeOnEveryDatabase } from '../support/databases.js';
import '../support/built.js';
import { TEST_SECRETS_KEY } from '../support/start-app.js';
import { useStage } from '../support/stage.js';

interface Row {
  name: string | null;
  url: string | null;
  headers: string | null;
  events: string | null;
  enabled: number | null;
  content_type_events?: string | null;
}

interface Webhook {
  id: string;
  name: string;
  url: string;
  headers: Record<string, string>;
  events: string[];
  contentTypeEvents: Record<string, string[]>;
  isEnabled: boolean;
  disabledReason: string | null;
}

const row = (init: Partial<Row> = {}): Row => ({
  name: 'search',
  url: 'https://example.com/hook',
  headers: '{}',
  events: '["entry.create","entry.update"]',
  enabled: 1,
  ...init,
});

/** Every oddity that the table can hold, with the outcome of its import. */
const ODDITIES: [string, Partial<Row>, string][] = [
  ['null headers', { headers: null }, 'created'],
  ['null events', { events: null }, 'created'],
  ['no events', { events: '[]' }, 'created'],
  ['disabled', { enabled: 0 }, 'created'],
  ['neither enabled nor disabled', { enabled: null }, 'created'],
  ['an event that is unknown', { events: '["entry.create","releases.publish"]' }, 'created'],
  ['only such events', { events: '["review-workflows.updateEntryStage"]' }, 'created'],
  ['lists of content types', { content_type_events: '{"api::address.address":["entry.delete"]}' }, 'created'],
  ['an unknown content type', { content_type_events: '{"api::no.no":["entry.delete"]}' }, 'created'],
  ['a header that is ours', { headers: '{"Content-Type":"application/json","X-Key":"a"}' }, 'created'],
  ['a name in another script', { name: '検索 📯' }, 'created'],
  ['headers that are no JSON', { headers: '{"a":' }, 'skipped'],
  ['events that are no JSON', { events: 'entry.create' }, 'skipped'],
  ['headers that are a list', { headers: '["a"]' }, 'skipped'],
  ['a header that is a number', { headers: '{"X-Number":1}' }, 'skipped'],
  ['a header that cannot be sent', { headers: '{"X-Line":"a\\nb"}' }, 'skipped'],
  ['no name', { name: null }, 'skipped'],
  ['an empty name', { name: '' }, 'skipped'],
  ['a name that is too long', { name: 'a'.repeat(256) }, 'skipped'],
  ['no URL', { url: null }, 'skipped'],
  ['an URL that is none', { url: 'example.com' }, 'skipped'],
  ['an URL of another scheme', { url: 'ftp://example.com' }, 'skipped'],
  ['an URL with a password', { url: 'https://a:b@example.com' }, 'skipped'],
];

/** A SQLite file with the table of Strapi 5. */
function strapiFile(path: string, rows: readonly Row[], columns = 'content_type_events json'): void {
  const database = new Database(path);
  database.exec(
    `CREATE TABLE strapi_webhooks (id integer not null primary key autoincrement, name varchar(255) null,
       url text null, headers json null, events json null, enabled boolean null${columns && `, ${columns}`})`,
  );
  const names = ['name', 'url', 'headers', 'events', 'enabled', ...(columns ? ['content_type_events'] : [])];
  const insert = database.prepare(
    `INSERT INTO strapi_webhooks (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`,
  );
  database.transaction(() => {
    for (const each of rows) insert.run({ content_type_events: null, ...each });
  })();
  database.close();
}

describeOnEveryDatabase('posthorn import-strapi', (kind) => {
  const { app } = useStage(kind, { clock: 'system' });
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-strapi-'));
    file = join(folder, 'data.db');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** Runs the command against the running application, and gives what it printed. */
  async function run(...args: string[]): Promise<string[]> {
    const lines: string[] = [];
    const host: CommandHost = {
      print: (line) => lines.push(line),
      withApplication: (work) => work(app.app),
    };
    await runCommand(['import-strapi', ...args], host);
    return lines;
  }

  const refusal = async (...args: string[]): Promise<string> => {
    const refused: unknown = await run(...args).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CommandError);
    return (refused as CommandError).message;
  };

  async function webhooks(): Promise<Map<string, Webhook>> {
    const { body } = await app.http.get('/admin/webhooks').expect(200);
    return new Map((body as { data: Webhook[] }).data.map((webhook) => [webhook.id, webhook]));
  }

  /** What a webhook says of itself, but for when it was changed. */
  const without = (all: Map<string, Webhook>) => JSON.stringify([...all.values()]);

  it('takes over a thousand, whatever is odd about them, and a second time nothing', async () => {
    const rows = Array.from({ length: 1_000 }, (_, n) => {
      const [name, init] = ODDITIES[n % (ODDITIES.length * 2)] ?? [`webhook ${n}`, {}];
      return row({ name: `${name} ${n}`, ...init });
    });
    const outcomes = Array.from(
      { length: 1_000 },
      (_, n) => ODDITIES[n % (ODDITIES.length * 2)]?.[2] ?? 'created',
    );
    const count = (outcome: string) => outcomes.filter((each) => each === outcome).length;
    strapiFile(file, rows);

    const tried = await run('--from', file, '--dry-run');
    expect(tried.slice(-2)).toEqual([
      `1000 webhooks in ${file}: ${count('created')} created, 0 updated, 0 unchanged, ${count('skipped')} skipped.`,
      'Nothing was changed: this was a dry run.',
    ]);
    expect((await webhooks()).size).toBe(0);

    const lines = await run('--from', file);
    expect(lines.slice(0, 1_000).map((line) => line.slice(0, 9).trim())).toEqual(outcomes);
    expect(lines.slice(0, 1_001)).toEqual(tried.slice(0, 1_001));
    const made = await webhooks();
    expect(made.size).toBe(count('created'));

    const again = await run('--from', `sqlite:${file}`);
    expect(again.at(-1)).toBe(
      `1000 webhooks in ${file}: 0 created, 0 updated, ${count('created')} unchanged, ${count('skipped')} skipped.`,
    );
    expect(without(await webhooks())).toBe(without(made));
  });

  it('says of each oddity what became of it', async () => {
    strapiFile(
      file,
      ODDITIES.map(([name, init]) => row({ name, ...init })),
    );
    const lines = await run('--from', file);
    expect(lines.slice(0, ODDITIES.length)).toEqual([
      'created    strapi-1  "null headers"',
      'created    strapi-2  "null events"',
      'created    strapi-3  "no events"',
      'created    strapi-4  "disabled": disabled, as it was there',
      'created    strapi-5  "neither enabled nor disabled": disabled, as it was there',
      'created    strapi-6  "an event that is unknown": disabled, for it wants what is unknown here: releases.publish',
      'created    strapi-7  "only such events": disabled, for it wants what is unknown here: review-workflows.updateEntryStage',
      'created    strapi-8  "lists of content types"',
      'created    strapi-9  "an unknown content type": disabled, for it wants what is unknown here: api::no.no entry.delete',
      'created    strapi-10  "a header that is ours": without the headers that are set by this server: Content-Type',
      'created    strapi-11  "検索 📯"',
      'skipped    strapi-12  "headers that are no JSON": its headers are no JSON object',
      'skipped    strapi-13  "events that are no JSON": its events are no JSON array of names',
      'skipped    strapi-14  "headers that are a list": its headers are no JSON object',
      'skipped    strapi-15  "a header that is a number": headers.X-Number must be a `string` type, but the final value was: `1`.',
      'skipped    strapi-16  "a header that cannot be sent": headers.X-Line has characters that a header cannot carry (line breaks, control characters or beyond Latin-1)',
      'skipped    strapi-17  "": name is a required field',
      'skipped    strapi-18  "": name is a required field',
      `skipped    strapi-19  "${'a'.repeat(256)}": name must be at most 255 characters`,
      'skipped    strapi-20  "no URL": url is a required field',
      'skipped    strapi-21  "an URL that is none": url must be a valid URL',
      'skipped    strapi-22  "an URL of another scheme": url must be a valid URL',
      'skipped    strapi-23  "an URL with a password": url must not carry a user name or password; put credentials into an Authorization header',
    ]);
    const made = await webhooks();
    expect(made.get('strapi-1')).toMatchObject({ headers: {}, isEnabled: true, disabledReason: null });
    expect(made.get('strapi-2')).toMatchObject({ events: [], isEnabled: true });
    expect(made.get('strapi-4')).toMatchObject({ isEnabled: false, disabledReason: 'disabled-in-strapi' });
    expect(made.get('strapi-6')).toMatchObject({
      events: ['entry.create'],
      isEnabled: false,
      disabledReason: 'unknown-events: releases.publish',
    });
    expect(made.get('strapi-8')).toMatchObject({
      contentTypeEvents: { 'api::address.address': ['entry.delete'] },
    });
    expect(Object.keys(made.get('strapi-10')?.headers ?? {})).toEqual(['X-Key']);
  });

  it('keeps webhooks of one name apart, and says so', async () => {
    strapiFile(file, [row(), row({ url: 'https://example.com/other' })]);
    const lines = await run('--from', file);
    expect(lines[1]).toBe('created    strapi-2  "search": another one before it has the same name');
    expect((await webhooks()).size).toBe(2);
  });

  it('gives each a secret of its own, and tells what is new to those who deliver', async () => {
    strapiFile(file, [row(), row()]);
    const lines = await run('--from', file);
    expect(lines.at(-1)).toBe(
      'Each new one signs with a secret of its own: GET /admin/webhooks/:id/secret shows it.',
    );
    const secrets = await Promise.all(
      ['strapi-1', 'strapi-2'].map(async (id) => {
        const { body } = await app.http.get(`/admin/webhooks/${id}/secret`).expect(200);
        return (body as { data: { secret: string } }).data.secret;
      }),
    );
    expect(new Set(secrets).size).toBe(2);
  });

  it('brings over what was changed there, and leaves what was changed here', async () => {
    strapiFile(file, [row(), row({ enabled: 0 })]);
    await run('--from', file);
    await app.http.post('/admin/webhooks/strapi-1/disable').expect(200);
    await app.http.post('/admin/webhooks/strapi-2/enable').expect(200);
    const { body } = await app.http.get('/admin/webhooks/strapi-2/secret').expect(200);
    const strapi = new Database(file);
    strapi.exec(`UPDATE strapi_webhooks SET url = 'https://example.com/moved'`);
    strapi.close();
    const lines = await run('--from', file);
    expect(lines.at(-1)).toBe(`2 webhooks in ${file}: 0 created, 2 updated, 0 unchanged, 0 skipped.`);
    const made = await webhooks();
    expect(made.get('strapi-1')).toMatchObject({ url: 'https://example.com/moved', isEnabled: false });
    expect(made.get('strapi-2')).toMatchObject({ url: 'https://example.com/moved', isEnabled: true });
    expect((await app.http.get('/admin/webhooks/strapi-2/secret').expect(200)).body).toEqual(body);
  });

  it('takes over several projects beside each other', async () => {
    strapiFile(file, [row()]);
    await run('--from', file);
    await run('--from', file, '--source', 'shop');
    expect([...(await webhooks()).keys()].toSorted()).toEqual(['shop-1', 'strapi-1']);
  });

  it('reads the table of a version without lists of content types', async () => {
    strapiFile(file, [row()], '');
    expect((await run('--from', file))[0]).toBe('created    strapi-1  "search"');
  });

  it('makes all or none', async () => {
    strapiFile(file, [row(), row({ name: 'fails' })]);
    const registrations = app.get(WebhookService);
    const create = registrations.create.bind(registrations);
    registrations.create = async (input, viewer, id) => {
      if (input.name === 'fails') throw new Error('the disk is full');
      return create(input, viewer, id);
    };
    await expect(run('--from', file)).rejects.toThrow('the disk is full');
    expect((await webhooks()).size).toBe(0);
    registrations.create = create;
    await run('--from', file);
    expect((await webhooks()).size).toBe(2);
  });

  it('says what is wrong with where it is to read from, without a password', async () => {
    expect(await refusal()).toMatch(/^Say where the webhooks are: --from/);
    expect(await refusal('--from', join(folder, 'none.db'))).toContain('there is no such file');
    new Database(file).exec('CREATE TABLE other (id integer)').close();
    expect(await refusal('--from', file)).toContain('no such table: strapi_webhooks');
    expect(await refusal('--from', file, '--source', 'A b')).toMatch(/^--source must be/);
    expect(await refusal('--form', file)).toContain("Unknown option '--form'");
    const closed = await refusal('--from', 'mysql://root:very-secret@127.0.0.1:1/strapi');
    expect(closed).toContain('mysql://127.0.0.1:1/strapi');
    expect(closed).not.toContain('very-secret');
  });
});

describe('posthorn', () => {
  const host = (lines: string[]): CommandHost => ({
    print: (line) => lines.push(line),
    withApplication: () => Promise.reject(new Error('no application is needed')),
  });

  it.each([[[]], [['--help']], [['help']]])('shows its commands for %j', async (args: string[]) => {
    const lines: string[] = [];
    await runCommand(args, host(lines));
    expect(lines.join('\n')).toMatch(/^Usage: posthorn COMMAND[^]*import-strapi {2}Takes over/);
  });

  it('shows the help of a command, and knows no other', async () => {
    const lines: string[] = [];
    await runCommand(['import-strapi', '--help'], host(lines));
    expect(lines.join('\n')).toMatch(/^Usage: posthorn import-strapi --from SOURCE/);
    await expect(runCommand(['export'], host([]))).rejects.toThrow('There is no command "export"');
  });

  describe('as it is installed', () => {
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'posthorn-cli-'));
    });

    afterAll(() => rm(folder, { recursive: true, force: true }));

    const cli = (args: string[], env: Record<string, string> = {}) =>
      new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
        const child = spawn(process.execPath, [join(PACKAGE_ROOT, 'dist', 'cli.js'), ...args], {
          env: {
            PATH: process.env['PATH'],
            DATA_DIR: join(folder, 'data'),
            SECRETS_KEY: TEST_SECRETS_KEY,
            ...env,
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const output = { stdout: '', stderr: '' };
        child.stdout.on('data', (chunk) => (output.stdout += String(chunk)));
        child.stderr.on('data', (chunk) => (output.stderr += String(chunk)));
        child.on('close', (code) => resolve({ code, ...output }));
      });

    it('imports into a database that it makes, and ends with 0; with 1 where it cannot', async () => {
      const file = join(folder, 'data.db');
      strapiFile(file, [row(), row({ url: 'no' })]);
      expect(await cli(['import-strapi', '--from', file])).toEqual({
        code: 0,
        stderr: '',
        stdout:
          'created    strapi-1  "search"\n' +
          'skipped    strapi-2  "search": url must be a valid URL; another one before it has the same name\n' +
          `2 webhooks in ${file}: 1 created, 0 updated, 0 unchanged, 1 skipped.\n` +
          'Each new one signs with a secret of its own: GET /admin/webhooks/:id/secret shows it.\n',
      });
      const failed = await cli(['import-strapi', '--from', join(folder, 'none.db')]);
      expect(failed).toMatchObject({ code: 1, stdout: '' });
      expect(failed.stderr).toMatch(/^posthorn: Strapi's webhooks cannot be read from [^\n]+\n$/);
      const misled = await cli(['import-strapi', '--from', file], { DATABASE_URL: 'nowhere' });
      expect(misled).toMatchObject({ code: 1, stdout: '' });
      expect(misled.stderr).toMatch(/^posthorn: DATABASE_URL is no URL[^\n]+\n$/);
    }, 60_000);

    for (const mysql of databasesFor('server')) {
      it('reads from MySQL', async () => {
        const strapi = await mysql.createEmpty();
        const url = new URL(strapi.url);
        const connection = await createConnection({
          host: url.hostname,
          port: Number(url.port),
          user: url.username,
          password: decodeURIComponent(url.password),
          database: url.pathname.slice(1),
        });
        await connection.query(
          `CREATE TABLE strapi_webhooks (id int unsigned not null auto_increment primary key, name varchar(255),
             url longtext, headers json, events json, enabled tinyint(1), content_type_events json)`,
        );
        await connection.query(
          'INSERT INTO strapi_webhooks (name, url, headers, events, enabled) VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)',
          [
            ...['search', 'https://example.com', '{"X-Key":"é"}', '["entry.create"]', 1],
            ...['検索', 'https://example.com', null, null, 0],
          ],
        );
        await connection.end();
        const { stdout, code } = await cli(['import-strapi', '--from', strapi.url], {
          DATA_DIR: join(folder, 'from-mysql'),
        });
        expect(stdout.split('\n').slice(0, 3)).toEqual([
          'created    strapi-1  "search"',
          'created    strapi-2  "検索": disabled, as it was there',
          `2 webhooks in mysql://${url.host}${url.pathname}: 2 created, 0 updated, 0 unchanged, 0 skipped.`,
        ]);
        expect(code).toBe(0);
        await strapi.drop();
      }, 60_000);
    }
  });
});
