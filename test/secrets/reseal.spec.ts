import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { reseal } from '../../src/cli/reseal.js';
import { PACKAGE_ROOT } from '../../src/package.js';
import { WebhookSource } from '../../src/webhooks/webhook-source.js';
import { CERTIFICATES } from '../support/certificates.js';
import { openAsItIs } from '../support/database-before-secrets.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import '../support/built.js';
import { type RunningApp, startApp, testSettings } from '../support/start-app.js';
import { createWebhook } from '../support/webhooks.js';

const [OLD, NEW, OTHER] = [1, 2, 3].map((fill) => Buffer.alloc(32, fill).toString('base64')) as [
  string,
  string,
  string,
];

describeOnEveryDatabase('Sealing anew', (kind) => {
  let database: TestDatabase;
  let dataDir: string;

  beforeEach(async () => {
    database = await kind.create();
    dataDir = await mkdtemp(join(tmpdir(), 'posthorn-reseal-'));
  });

  afterEach(async () => {
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = (secretsKey: string): Promise<RunningApp> =>
    startApp({ databaseUrl: database.url, settings: { secretsKey, delivery: { worker: false } } });
  const resealWith = (secretsKey: string) => reseal(testSettings(database.url, dataDir, { secretsKey }));

  /** `npm run reseal`, as a person runs it. */
  async function command(secretsKey: string): Promise<{ code: number | null; said: string }> {
    const child = spawn(process.execPath, [join(PACKAGE_ROOT, 'dist', 'cli.js'), 'reseal'], {
      env: {
        PATH: process.env['PATH'],
        DATA_DIR: dataDir,
        DATABASE_URL: database.url,
        SECRETS_KEY: secretsKey,
      },
    });
    let said = '';
    child.stdout.on('data', (text) => (said += text));
    child.stderr.on('data', (text) => (said += text));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, said };
  }

  /** Two webhooks under the old key, the first with a private key, the second with a replaced secret. */
  async function seeded(): Promise<{ id: string; secret: string }[]> {
    const app = await start(OLD);
    const { client: certificate, clientKey: key } = CERTIFICATES;
    const one = await createWebhook(app.http, 'https://example.com', {
      headers: { 'X-Key': 'a' },
      tls: { certificate, key },
    });
    const two = await createWebhook(app.http, 'https://example.com');
    const { body } = await app.http.post(`/admin/webhooks/${two.id}/secret/rotate`).expect(200);
    await app.close();
    return [one, { ...two, secret: body.data.secret }];
  }

  it('puts everything under the newest key, so that the older one can go; again, it does nothing', async () => {
    const webhooks = await seeded();
    expect(await command(`${NEW},${OLD}`)).toEqual({
      code: 0,
      said: 'Encrypted 6 values of 2 webhooks under the newest key; 0 had it already.\n',
    });
    expect(await resealWith(NEW)).toEqual({ webhooks: 2, sealed: 0, upToDate: 6, unopened: [] });

    const app = await start(NEW);
    for (const { id, secret } of webhooks) {
      const { body } = await app.http.get(`/admin/webhooks/${id}/secret`).expect(200);
      expect(body.data.secret).toBe(secret);
    }
    const { body } = await app.http.get(`/admin/webhooks/${webhooks[0]?.id}`).expect(200);
    expect(body.data.headers).toEqual({ 'X-Key': 'a' });
    const { manager } = app.get(DataSource);
    const { tls } = (await app.get(WebhookSource).find(manager, webhooks[0]?.id ?? '')) ?? {};
    expect(tls?.key).toBe(CERTIFICATES.clientKey);
    await app.close();
  });

  it('goes on where it was cut off', async () => {
    await seeded();
    const app = await start(`${NEW},${OLD}`);
    await createWebhook(app.http, 'https://example.com');
    await app.close();
    expect(await resealWith(`${NEW},${OLD}`)).toEqual({ webhooks: 3, sealed: 6, upToDate: 2, unopened: [] });
  });

  it('says what no key opens, seals the rest, and ends with 1', async () => {
    const [one] = await seeded();
    const dataSource = await openAsItIs(database.url);
    await dataSource.query("UPDATE webhooks SET secret = 'v1.AAAA' WHERE id = ?", [one?.id]);
    await dataSource.destroy();
    const { code, said } = await command(`${NEW},${OLD}`);
    expect(code).toBe(1);
    expect(said).toBe(
      'posthorn: Encrypted 5 values of 2 webhooks under the newest key; 0 had it already.\n' +
        `No key of SECRETS_KEY decrypts 1:\n  webhooks/${one?.id}/secret\n` +
        'Add the key that encrypted them to the list and run this again, or replace the values.\n',
    );
    expect((await resealWith(OTHER)).unopened).toHaveLength(6);
  });

  it('tells a database that is away in one line', async () => {
    const child = await commandAt('mysql://root:hush@127.0.0.1:1/posthorn');
    expect(child.code).toBe(1);
    expect(child.said).toMatch(/^posthorn: The database mysql:\/\/127\.0\.0\.1:1.*\n$/);
  });

  it('is seen by instances that run meanwhile', async () => {
    const app = await start(`${NEW},${OLD}`);
    const dataSource = await openAsItIs(database.url);
    const version = async () =>
      Number(
        (await dataSource.query<{ version: number }[]>('SELECT version FROM webhook_registry'))[0]?.version,
      );
    await createWebhook(app.http, 'https://example.com');
    const before = await version();
    await dataSource.destroy();
    await app.close();
    await resealWith(`${OTHER},${NEW}`);
    const after = await openAsItIs(database.url);
    const [row] = await after.query<{ version: number }[]>('SELECT version FROM webhook_registry');
    expect(Number(row?.version)).toBeGreaterThan(before);
    await after.destroy();
  });

  async function commandAt(url: string): Promise<{ code: number | null; said: string }> {
    const whole = database;
    database = { ...database, url };
    try {
      return await command(OLD);
    } finally {
      database = whole;
    }
  }
});
