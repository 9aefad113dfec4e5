import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { DataSource } from 'typeorm';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { SCOPES } from '../../src/auth/scopes.js';
import { CERTIFICATES } from '../support/certificates.js';
import { CANARY, canary, Outcomings } from '../support/canaries.js';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.js';
import { startProcess } from '../support/process-app.js';
import { type ReceivedRequest, type Receiver, startReceiver } from '../../src/testing/receiver.js';
import { type HttpAgent, type RunningApp, startApp } from '../support/start-app.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';

const ADMIN_TOKEN = canary('admin-token');
const DATABASE_PASSWORD = canary('database-password');
const SECRETS_KEY = Buffer.from(canary('sealing-key', 32)).toString('base64');
const shared = (name: string) => `whsec_${Buffer.from(canary(name, 32)).toString('base64')}`;
const PRIVATE_KEY = `whsk_${Buffer.from(canary('private-key', 32)).toString('base64')}`;

const HEADERS = {
  Authorization: `Bearer ${canary('bearer')}`,
  'X-Api-Key': canary('api-key'),
  'X-Basic': `Basic ${Buffer.from(`user:${canary('password')}`).toString('base64')}`,
};
const DEFAULT_HEADERS = { 'X-Default': canary('default-header') };

/** Whoever asks is shown no secret: all scopes but those that are for secrets. */
const READER = SCOPES.filter((scope) => scope !== '*' && scope !== 'secrets:read');

/** Routes that show something, beside single things. A route that is not there (yet) answers 404, and is looked at too. */
const ROUTES = [
  '/admin/webhooks',
  '/admin/webhooks/',
  '/admin/deliveries?limit=200',
  '/admin/events?limit=200',
  '/admin/tokens',
  '/admin/audit',
  '/admin/audit?limit=200',
  '/admin/event-types',
  '/admin/sending',
  '/admin/nowhere?token=x',
  '/metrics',
  '/health/live',
  '/health/ready',
  '/openapi.json',
  '/docs',
];

/** Routes that show header values to those who may read secrets: not asked with a token that may. */
const SHOWS_HEADERS = /^\/admin\/webhooks(?:\/|$)/;

describeOnEveryDatabase('Nothing secret comes out', (kind) => {
  let database: TestDatabase;
  let url: string;
  let receiver: Receiver;
  let app: RunningApp;
  const out = new Outcomings();
  /** Secrets that were made, and so have no canary in them. */
  const made: string[] = [];

  beforeAll(async () => {
    database = await kind.create();
    url = await withPassword(database);
    receiver = await startReceiver();
    app = await startApp({
      databaseUrl: url,
      logger: out.logger(),
      settings: {
        adminToken: ADMIN_TOKEN,
        secretsKey: SECRETS_KEY,
        webhooks: { defaultHeaders: DEFAULT_HEADERS, retrySchedule: [0, 0, 0], timeoutMs: 500 },
        delivery: { worker: false },
      },
    });
  });

  afterAll(async () => {
    await app.close();
    await receiver.close();
    await database.drop();
  });

  /** The tests' own token is not the one that is planted. */
  const admin = (): HttpAgent => app.httpAs(ADMIN_TOKEN);

  async function plantWebhook(): Promise<{ id: string; secrets: string[] }> {
    const { id, secret } = await createWebhook(admin(), receiver.url, {
      headers: HEADERS,
      hubSignature: true,
    });
    const secrets = [secret];
    made.push(secret.slice(6));
    for (const body of [{ secret: shared('old-secret') }, { secret: shared('older-secret') }, {}]) {
      const answer = await admin().post(`/admin/webhooks/${id}/secret/rotate`).send(body).expect(200);
      secrets.push(answer.body.data.secret);
      if (!('secret' in body)) made.push(answer.body.data.secret.slice(6));
    }
    return { id, secrets };
  }

  /** What a receiver tells that shows everything it was sent and all that it knows. */
  function echoing(secrets: string[]) {
    return ({ headers, rawHeaders }: ReceivedRequest) => {
      made.push(
        ...String(headers['webhook-signature']).split(/ ?v1a?,/),
        String(headers['x-hub-signature-256']).slice(7),
      );
      const url = encodeURIComponent(HEADERS.Authorization);
      const json = JSON.stringify({ headers, rawHeaders, secrets, url });
      // PHP writes slashes so.
      return json + json.replaceAll('/', '\\/');
    };
  }

  async function deliver(): Promise<void> {
    await publish(admin(), { n: 1 }, {});
    await app.get<DeliveryWorker>(DeliveryWorker).runOnce();
  }

  it('when receivers echo everything, in every way', async () => {
    const { id, secrets } = await plantWebhook();
    const { client: certificate, clientKey: key } = CERTIFICATES;
    made.push(...key.split('\n').filter((line) => !line.startsWith('-')));
    const other = await createWebhook(admin(), receiver.url, { headers: HEADERS, tls: { certificate, key } });
    await admin().post(`/admin/webhooks/${other.id}/secret/rotate`).send({ secret: PRIVATE_KEY }).expect(200);
    made.push(other.secret.slice(6));
    const body = echoing([...secrets, PRIVATE_KEY]);
    const headersOf = (request: ReceivedRequest) => ({
      'x-echo': String(request.headers.authorization),
      'x-echo-key': String(request.headers['x-api-key']),
      'x-echo-signature': String(request.headers['webhook-signature']),
      location: `https://example.com/?key=${encodeURIComponent(String(request.headers['x-default']))}`,
    });
    const statuses = [200, 302, 401, 500];
    receiver.answer((request) => ({
      status: statuses[receiver.requests.length % statuses.length] ?? 200,
      headers: headersOf(request),
      body: body(request),
    }));
    for (let n = 0; n < statuses.length; n += 1) await deliver();
    // The limit of what is kept falls into the midst of a secret.
    receiver.answer((request) => ({
      status: 500,
      body: `${'-'.repeat(16 * 1024 - 20)}${String(request.headers.authorization)}${body(request)}`,
    }));
    await deliver();
    // The headers come, the body does not.
    receiver.answer((request) => ({
      headers: { ...headersOf(request), 'content-length': '100' },
      body: 'a',
    }));
    await deliver();
    receiver.answer((request) => ({ status: 400, headers: headersOf(request), body: body(request) }));
    for (const one of [id, other.id]) {
      out.add(
        'the answer of a test',
        (await admin().post(`/admin/webhooks/${one}/trigger`).expect(200)).text,
      );
    }
    expect(receiver.requests.length).toBeGreaterThan(14);
    expect(receiver.requests[0]?.headers).toMatchObject({ authorization: HEADERS.Authorization });
  });

  it('when requests are wrong', async () => {
    const { body: issued } = await admin()
      .post('/admin/tokens')
      .send({ name: 'reader', scopes: ['webhooks:read'] })
      .expect(201);
    made.push(issued.data.token, issued.data.token.slice(4));
    const [webhook] = (await admin().get('/admin/webhooks').expect(200)).body.data;
    const rotate = `/admin/webhooks/${webhook.id}/secret/rotate`;
    const whole = { name: 'a', url: 'https://example.com', events: [], headers: {} };
    const wrong = [
      await app.httpAs(canary('wrong-bearer')).get('/admin/webhooks').expect(401),
      await app.httpAs(null).get('/admin/webhooks').set('Authorization', canary('no-bearer')).expect(401),
      await app.httpAs(issued.data.token).post('/admin/tokens').send({}).expect(403),
      await admin()
        .post(rotate)
        .send({ secret: `whsec_${canary('no-base64')}` })
        .expect(400),
      await admin()
        .post(rotate)
        .send({ secret: [canary('list')] })
        .expect(400),
      await admin().post(rotate).send({ secret: PRIVATE_KEY, type: 'v1' }).expect(400),
      await admin()
        .post(rotate)
        .send({ secret: shared('short').slice(0, 20) })
        .expect(400),
      await admin()
        .post(rotate)
        .set('Content-Type', 'application/json')
        .send(`{"secret": ${CANARY}`)
        .expect(400),
      await admin()
        .post(rotate)
        .set('Content-Type', 'application/json')
        .send(`{"secret": "${CANARY}`)
        .expect(400),
      await admin()
        .post('/admin/webhooks')
        .send({ ...whole, headers: canary('headers') })
        .expect(400),
      await admin()
        .post('/admin/webhooks')
        .send({ ...whole, headers: { A: `${canary('break')}\n` } })
        .expect(400),
      await admin()
        .post('/admin/webhooks')
        .send({ ...whole, headers: { A: [canary('array')] } })
        .expect(400),
      await admin()
        .post('/admin/webhooks')
        .send({ ...whole, headers: { Host: canary('reserved') } })
        .expect(400),
      await admin()
        .post('/admin/webhooks')
        .send({ ...whole, headers: { A: canary('long', 9_000) } })
        .expect(400),
    ];
    for (const { text, request } of wrong as unknown as { text: string; request: { url: string } }[]) {
      out.add(`the refusal of ${request.url}`, text);
    }
  });

  it('when the database is away, or lacks what it should have', async () => {
    await expect(
      startApp({ databaseUrl: `mysql://root:${DATABASE_PASSWORD}@127.0.0.1:1/x`, logger: out.logger() }),
    ).rejects.toThrow(expect.not.stringContaining(CANARY));
    const dataSource = app.get(DataSource);
    for (const table of ['webhook_health', 'webhook_attempts', 'webhook_idempotency_keys']) {
      await dataSource.query(`ALTER TABLE ${table} RENAME TO away`);
      if (table === 'webhook_health') {
        out.add('an error', (await admin().get('/admin/webhooks').expect(500)).text);
      }
      const key = { 'Idempotency-Key': canary('idempotency') };
      out.add(
        'an error',
        (await admin().post('/admin/events').set(key).send({ type: 'order.shipped', data: {} })).text,
      );
      const whole = { name: 'b', url: receiver.url, events: [], headers: HEADERS };
      if (table === 'webhook_health')
        out.add('an error', (await admin().post('/admin/webhooks').send(whole).expect(500)).text);
      await dataSource.query(`ALTER TABLE away RENAME TO ${table}`);
    }
  });

  it('of any route, to whoever asks', async () => {
    const { body } = await admin().post('/admin/tokens').send({ name: 'reader', scopes: READER }).expect(201);
    made.push(body.data.token, body.data.token.slice(4));
    const reader = app.httpAs(body.data.token);
    const { data: webhooks } = (await admin().get('/admin/webhooks').expect(200)).body;
    const { data: events } = (await admin().get('/admin/events').expect(200)).body;
    const all = await deliveries(admin(), '?limit=200');
    expect(all.length).toBeGreaterThan(10);
    const routes = [
      ...ROUTES,
      ...webhooks.flatMap(({ id }: { id: string }) => [
        `/admin/webhooks/${id}`,
        `/admin/webhooks/${id}/secret`,
        `/admin/webhooks/${id}/deliveries`,
      ]),
      ...events.map(({ id }: { id: string }) => `/admin/events/${id}`),
      ...all.map(({ id }) => `/admin/deliveries/${id}`),
    ];
    for (const route of routes) {
      const askers = SHOWS_HEADERS.test(route)
        ? [reader, app.httpAs(null)]
        : [admin(), reader, app.httpAs(null)];
      for (const asker of askers) {
        const answer = await asker.get(route);
        out.add(`GET ${route} (${answer.status})`, answer.text);
        out.add(`headers of GET ${route}`, answer.headers);
      }
    }
    const [webhook] = webhooks;
    for (const action of ['disable', 'enable']) {
      const answer = await reader.post(`/admin/webhooks/${webhook.id}/${action}`).expect(200);
      out.add(`POST ${action}`, answer.text);
    }
  });

  it('of the database’s rows and files', async () => {
    const dataSource = app.get(DataSource);
    const tables =
      kind.dialect === 'sqlite'
        ? await dataSource.query<{ name: string }[]>("SELECT name FROM sqlite_master WHERE type = 'table'")
        : await dataSource.query<{ name: string }[]>(
            'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
          );
    expect(tables.length).toBeGreaterThan(10);
    for (const { name } of tables) {
      out.add(`the table ${name}`, await dataSource.query(`SELECT * FROM \`${name}\``));
    }
    if (kind.dialect === 'sqlite') {
      const folder = dirname(url.slice('sqlite:'.length));
      for (const file of await readdir(folder)) out.add(file, await readFile(join(folder, file)));
    }
    for (const file of await filesIn(app.settings.dataDir)) out.add(file, await readFile(file));
  });

  it('of a process’s output', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-process-'));
    const program = await startProcess({
      DATA_DIR: dataDir,
      DATABASE_URL: kind.dialect === 'sqlite' ? `sqlite:${join(dataDir, 'x.sqlite')}` : url,
      ADMIN_TOKEN,
      SECRETS_KEY,
      LOG_LEVEL: 'verbose',
      WEBHOOKS_DEFAULT_HEADERS: JSON.stringify(DEFAULT_HEADERS),
    });
    out.add('GET /admin/webhooks of a process', (await app.httpAs(null).get('/admin/webhooks')).text);
    program.signal('SIGTERM');
    expect(await program.exit).toMatchObject({ code: 0 });
    out.add('standard output', program.output.stdout);
    out.add('standard error', program.output.stderr);
    await rm(dataDir, { recursive: true, force: true });
  });

  it('as a search through all of it shows', () => {
    expect(out.canaries(made)).toEqual([]);
    console.log(
      `Canaries (${kind.name}): ${out.count} texts, ${out.bytes} characters searched, nothing found.`,
    );
  });
});

describe('The search for canaries', () => {
  it.each([
    ['plain', canary('x')],
    ['in hex', Buffer.from(canary('x')).toString('hex')],
    ['in base64', Buffer.from(canary('x')).toString('base64')],
    ['in base64 with one byte before it', Buffer.from(`a${canary('x')}`).toString('base64')],
    ['in base64 with two bytes before it', Buffer.from(`ab${canary('x')}`).toString('base64url')],
    ['in bytes', Buffer.from([0, 255, ...Buffer.from(canary('x'))])],
    ['a secret that was made', 'AbCdEfGhIj'],
  ])('finds one %s', (_, text) => {
    const out = new Outcomings();
    out.add('here', text);
    expect(out.canaries(['AbCdEfGhIj'])).not.toEqual([]);
  });

  it('finds none where there is none', () => {
    const out = new Outcomings();
    out.add('here', 'Y2FuZGxl a bird 63616e646c65');
    expect(out.canaries()).toEqual([]);
  });
});

/** A MySQL user of its own whose password is a canary; SQLite has no passwords. */
async function withPassword({ url }: TestDatabase): Promise<string> {
  if (url.startsWith('sqlite:')) return url;
  const address = new URL(url);
  const root = await createConnection({
    host: address.hostname,
    port: Number(address.port),
    user: decodeURIComponent(address.username),
    password: decodeURIComponent(address.password),
  });
  const user = `canaries_${process.pid}`;
  for (const host of ['localhost', '127.0.0.1', '%']) {
    await root.query(`DROP USER IF EXISTS '${user}'@'${host}'`);
    await root.query(`CREATE USER '${user}'@'${host}' IDENTIFIED BY '${DATABASE_PASSWORD}'`);
    await root.query(`GRANT ALL ON \`${address.pathname.slice(1)}\`.* TO '${user}'@'${host}'`);
  }
  await root.end();
  address.username = user;
  address.password = DATABASE_PASSWORD;
  return address.href;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
