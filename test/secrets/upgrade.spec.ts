import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DataSource } from 'typeorm';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { verifyWebhook } from '../../src/index.js';
import { decrypt } from '../../src/webhooks/secrets/encryption.js';
import { reencryptAtStart } from '../../src/webhooks/secrets/reencrypt.js';
import { buildEncryptionContext } from '../../src/webhooks/secrets/webhook-secrets.js';
import { makeDatabaseBefore, openAsItIs, type WebhookBefore } from '../support/database-before-secrets.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { analyse, statementsOf, wholeScans } from '../support/explain.js';
import { spawnApp, startProcess } from '../support/process-app.js';
import { startReceiver } from '../../src/testing/receiver.js';
import { startApp, TEST_SECRETS_KEY } from '../support/start-app.js';
import { publish } from '../support/webhooks.js';

const KEY = Buffer.from(TEST_SECRETS_KEY, 'base64');
const LOST_KEY = Buffer.alloc(32, 99);
const WEBHOOKS = 5_000;

const webhookBefore = (n: number, url = 'https://example.com'): WebhookBefore => ({
  id: `w${String(n).padStart(6, '0')}`,
  url,
  headers: { Authorization: `Bearer canary-${n}` },
  secret: `whsec_${Buffer.alloc(32, n % 251).toString('base64')}`,
});

interface Row {
  id: string;
  secret: string;
  headers: string;
  seal_version: number;
}

/** Everything that stands in a SQLite file and its log. */
async function bytesOf(url: string): Promise<string> {
  const folder = dirname(url.slice('sqlite:'.length));
  const files = await Promise.all(
    (await readdir(folder)).map((file) => readFile(join(folder, file), 'latin1')),
  );
  return files.join('');
}

/** Whether a row is wholly as it was or wholly sealed; throws when it is neither, or lost its values. */
function isSealed(row: Row, { id, headers, secret }: WebhookBefore): boolean {
  if (row.headers.startsWith('{')) {
    expect([row.seal_version, row.headers, decrypt(row.secret, id, [KEY])]).toEqual([
      0,
      JSON.stringify(headers),
      secret,
    ]);
    return false;
  }
  expect([
    row.seal_version,
    decrypt(row.headers, buildEncryptionContext(id, 'headers'), [KEY]),
    decrypt(row.secret, buildEncryptionContext(id, 'secret'), [KEY]),
  ]).toEqual([1, JSON.stringify(headers), secret]);
  return true;
}

describeOnEveryDatabase('A database from before values were sealed', (kind) => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await kind.createEmpty();
  });

  afterEach(() => database.drop());

  const rowsIn = async (dataSource: DataSource) =>
    dataSource.query<Row[]>('SELECT id, secret, headers, seal_version FROM webhooks ORDER BY id');

  it('is sealed at the next start, and its webhooks go on with what they had', async () => {
    const receiver = await startReceiver();
    const before = webhookBefore(1, receiver.url);
    await makeDatabaseBefore(database.url, [before, webhookBefore(2)], KEY);
    const app = await startApp({ databaseUrl: database.url, settings: { delivery: { worker: false } } });
    const dataSource = await openAsItIs(database.url);
    const rows = await rowsIn(dataSource);
    expect(rows.map((row, index) => isSealed(row, webhookBefore(index + 1)))).toEqual([true, true]);
    expect(JSON.stringify(rows)).not.toContain('canary');
    if (kind.dialect === 'sqlite') expect(await bytesOf(database.url)).not.toContain('canary');

    const { body } = await app.http.get(`/admin/webhooks/${before.id}/secret`).expect(200);
    expect(body.data).toEqual({ secret: before.secret, previous: [] });
    await publish(app.http);
    await app.get<DeliveryWorker>(DeliveryWorker).runOnce();
    const [request] = await receiver.received(1);
    expect(request?.headers.authorization).toBe('Bearer canary-1');
    verifyWebhook({ headers: request?.headers ?? {}, body: request?.body ?? '', secrets: before.secret });
    await dataSource.destroy();
    await app.close();
    await receiver.close();
  });

  it('starts though the key of one webhook is lost, seals the others, and takes that one up when the key is back', async () => {
    await makeDatabaseBefore(database.url, [webhookBefore(1)], LOST_KEY);
    const dataSource = await openAsItIs(database.url);
    const first = await startApp({ databaseUrl: database.url });
    const [row] = await rowsIn(dataSource);
    // Its headers stood in the clear and need no key to be sealed.
    expect([row?.headers.slice(0, 3), decrypt(row?.secret ?? '', 'w000001', [LOST_KEY])]).toEqual([
      'v1.',
      webhookBefore(1).secret,
    ]);
    await first.http.get('/admin/webhooks/w000001/secret').expect(409);
    await first.http.get('/admin/webhooks').expect(200);
    await first.close();

    const keys = `${TEST_SECRETS_KEY},${LOST_KEY.toString('base64')}`;
    const second = await startApp({ databaseUrl: database.url, settings: { secretsKey: keys } });
    const { body } = await second.http.get('/admin/webhooks/w000001/secret').expect(200);
    expect(body.data.secret).toBe(webhookBefore(1).secret);
    await second.close();
    await dataSource.destroy();
  });

  it('costs a start that finds nothing to seal no reading of all webhooks', async () => {
    await makeDatabaseBefore(
      database.url,
      Array.from({ length: 1_000 }, (_, n) => webhookBefore(n)),
      KEY,
    );
    const app = await startApp({ databaseUrl: database.url, settings: { delivery: { worker: false } } });
    await analyse(app, ['webhooks']);
    const statements = await statementsOf(app, () => reencryptAtStart([KEY]).isPending(app.get(DataSource)));
    expect(statements).toHaveLength(1);
    expect(await wholeScans(app, statements, ['webhooks'])).toEqual([]);
    await app.close();
  });

  it(`with ${WEBHOOKS} webhooks, whose start is killed while it seals: none is half done, and the next start goes on`, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-killed-'));
    const all = Array.from({ length: WEBHOOKS }, (_, n) => webhookBefore(n));
    await makeDatabaseBefore(database.url, all, KEY);
    const dataSource = await openAsItIs(database.url);
    const env = { DATA_DIR: dataDir, DATABASE_URL: database.url, DELIVERY_WORKER: 'false' };
    const look = async () => {
      const rows = await rowsIn(dataSource);
      return rows.filter((row, index) => isSealed(row, all[index] as WebhookBefore)).length;
    };

    const killed = spawnApp(env);
    await eventually(async () => {
      const [row] = await dataSource.query<{ sealed: string | number }[]>(
        'SELECT COUNT(*) AS sealed FROM webhooks WHERE seal_version = 1',
      );
      expect(Number(row?.sealed)).toBeGreaterThan(0);
    }, 30_000);
    await killed.end();
    const done = await look();
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(WEBHOOKS);

    const next = await startProcess(env);
    expect(await look()).toBe(WEBHOOKS);
    expect(next.output.stdout).toContain(
      `Encrypted ${2 * (WEBHOOKS - done)} values of ${WEBHOOKS - done} webhooks that an earlier version had stored.`,
    );
    await next.end();
    const again = await startProcess(env);
    expect(again.output.stdout).not.toContain('Encrypted');
    await again.end();
    await dataSource.destroy();
    await rm(dataDir, { recursive: true, force: true });
  }, 120_000);
});
