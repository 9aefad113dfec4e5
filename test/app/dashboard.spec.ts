import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DASHBOARD_OPTIONS, type DashboardOptions } from '../../src/dashboard/dashboard-options.js';
import { type HostApp, HOST_TOKEN, startHost } from '../embedded/host-app.js';
import { oneDatabase, type TestDatabase } from '../support/databases.js';
import { type RunningApp, startApp, TEST_ADMIN_TOKEN } from '../support/start-app.js';

const INDEX =
  '<!doctype html><html><head><script src="./assets/main-1a2b.js"></script></head><body></body></html>';
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

describe('The page', () => {
  let database: TestDatabase;
  let folder: string;
  let app: RunningApp;

  const optionsFor = (auth: DashboardOptions['auth']) => [
    { provide: DASHBOARD_OPTIONS, useValue: { auth, folder } satisfies DashboardOptions },
  ];

  beforeAll(async () => {
    database = await oneDatabase().create();
    folder = await mkdtemp(join(tmpdir(), 'posthorn-page-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), INDEX);
    await writeFile(join(folder, 'posthorn.svg'), '<svg/>');
    await writeFile(join(folder, 'assets', 'main-1a2b.js'), 'void 0;');
    app = await startApp({ databaseUrl: database.url, providers: optionsFor('token') });
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['/dashboard', '/dashboard/', '/dashboard/webhooks/42', '/dashboard/deliveries?state=failed'])(
    'is at %s, for everyone, and knows where it is',
    async (path) => {
      const { text, headers } = await app.httpAs(null).get(path).expect(200);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['content-security-policy']).toBe(POLICY);
      expect(headers['cache-control']).toBe('no-cache');
      expect(text).toContain('<base href="/dashboard/">');
      expect(text).toContain(
        '<script type="application/json" id="posthorn">{"apiBase":"/admin","auth":"token"}</script>',
      );
    },
  );

  it('has files, which are kept for long where their names say what is in them', async () => {
    const script = await app.httpAs(null).get('/dashboard/assets/main-1a2b.js').expect(200);
    expect(script.headers).toMatchObject({
      'content-type': expect.stringMatching(/javascript/),
      'cache-control': 'public, max-age=31536000, immutable',
    });
    const picture = await app.httpAs(null).get('/dashboard/posthorn.svg').expect(200);
    expect(picture.headers['cache-control']).toBe('public, max-age=3600');
  });

  it.each(['/dashboard/assets/main-0000.js', '/dashboard/assets/..%2f..%2fpackage.json'])(
    'has nothing at %s',
    async (path) => {
      const { body } = await app.httpAs(null).get(path).expect(404);
      expect(body.error).toMatchObject({ name: 'NotFoundError', message: 'The page has no such file.' });
    },
  );

  it.each(['/dashboard/..%2f..%2fpackage.json', '/dashboard/%2e%2e/package.json'])(
    'gives away no file beside it: %s',
    async (path) => {
      const { text } = await app.httpAs(null).get(path);
      expect(text).not.toContain('"dependencies"');
    },
  );

  it('says so when it was not built', async () => {
    const bare = await startApp({
      databaseUrl: database.url,
      providers: [{ provide: DASHBOARD_OPTIONS, useValue: { auth: 'token', folder: join(folder, 'none') } }],
    });
    try {
      for (const path of ['/dashboard', '/dashboard/deliveries']) {
        const { body } = await bare.http.get(path).expect(404);
        expect(body.error.message).toBe('The page was not built. Build it with: npm run build');
      }
    } finally {
      await bare.close();
    }
  });

  describe('inside a host', () => {
    let store: TestDatabase;
    let host: HostApp | null = null;

    beforeEach(async () => {
      store = await oneDatabase().create();
    });

    afterEach(async () => {
      await host?.close();
      host = null;
      await store.drop();
    });

    it('is there only when it is asked for', async () => {
      host = await startHost({ databaseUrl: store.url });
      await host.http.get('/dashboard').expect(404);
    });

    it('is under the prefix and behind the guards of the admin routes, which know who is asking', async () => {
      host = await startHost({
        databaseUrl: store.url,
        module: { dashboard: true, routePrefix: 'internal/hooks' },
        overrides: optionsFor('host'),
      });
      await host.anonymous.get('/internal/hooks/dashboard').expect(403);
      const { text } = await host.http.get('/internal/hooks/dashboard/deliveries').expect(200);
      expect(text).toContain('<base href="/internal/hooks/dashboard/">');
      expect(text).toContain('{"apiBase":"/internal/hooks/admin","auth":"host"}');
      const { body } = await host.http.get('/internal/hooks/admin/session').expect(200);
      expect(body.data).toMatchObject({ name: 'host', scopes: ['*'], tenant: null });
    });
  });

  it('and its session: who asks, and whom', async () => {
    const { body } = await app.http.get('/admin/session').expect(200);
    expect(body.data).toEqual({
      name: expect.any(String),
      scopes: ['*'],
      tenant: null,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      environment: 'test',
    });
    const made = await app.http
      .post('/admin/tokens')
      .send({ name: 'reader', scopes: ['deliveries:read'], tenant: 'acme' })
      .expect(201);
    const session = await app.httpAs(made.body.data.token).get('/admin/session').expect(200);
    expect(session.body.data).toMatchObject({ name: 'reader', scopes: ['deliveries:read'], tenant: 'acme' });
    expect(session.text).not.toContain(TEST_ADMIN_TOKEN);
    expect(session.text).not.toContain(HOST_TOKEN);
  });
});
