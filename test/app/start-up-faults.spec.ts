import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnApp, startProcess } from '../support/process-app.js';

describe('A start that cannot succeed', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-start-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function expectOneLine(env: Record<string, string>, line: RegExp): Promise<void> {
    const posthorn = spawnApp({ DATA_DIR: folder, ...env });
    const { code } = await posthorn.exit;
    const { stderr, stdout } = posthorn.output;
    expect(stderr).toMatch(line);
    expect(stderr).toMatch(/^Posthorn cannot start: [^\n]+\n$/);
    expect(stderr + stdout).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  }

  it.each<[string, Record<string, string>, RegExp]>([
    ['a setting of the wrong kind', { PORT: 'many' }, /"port" \(environment: PORT\)/],
    ['a DATABASE_URL of another kind', { DATABASE_URL: 'postgres://user:hush@host/name' }, /"postgres:"/],
    [
      'a database that nobody answers for',
      { DATABASE_URL: 'mysql://root:hush@127.0.0.1:1/posthorn' },
      /mysql:\/\/127\.0\.0\.1:1\/posthorn cannot be opened: .*ECONNREFUSED/,
    ],
    ['a sealing key that is none', { SECRETS_KEY: 'c2hvcnQ=' }, /SECRETS_KEY/],
    ['no sealing key in production', { NODE_ENV: 'production', SECRETS_KEY: '' }, /SECRETS_KEY is not set/],
    [
      'a network that is none',
      { WEBHOOKS_ALLOWED_NETWORKS: '10.0.0.0/8,intranet' },
      /"intranet" is no network.*WEBHOOKS_ALLOWED_NETWORKS/,
    ],
    [
      'an egress proxy that is none, without its password',
      { WEBHOOKS_EGRESS_PROXY: 'socks5://agent:hush@proxy:1080' },
      /^(?!.*hush).*"webhooks\.egressProxy" \(environment: WEBHOOKS_EGRESS_PROXY\)/,
    ],
    [
      'authorities in a file that is not there',
      { WEBHOOKS_CA: '/nowhere/ca.pem' },
      /"webhooks\.ca" \(environment: WEBHOOKS_CA\).*\/nowhere\/ca\.pem/,
    ],
    [
      'authorities in a file that has none',
      { WEBHOOKS_CA: import.meta.filename },
      /start-up-faults\.spec\.ts holds no certificate in PEM/,
    ],
    ['a host that is not this machine', { HOST: '192.0.2.1' }, /HOST/],
  ])('tells of %s in one line', async (_, env, line) => {
    await expectOneLine(env, line);
  });

  it('tells of a broken content type in one line that names file and attribute', async () => {
    const file = join(folder, 'article.json');
    await writeFile(
      file,
      JSON.stringify({
        kind: 'collectionType',
        collectionName: 'articles',
        info: { singularName: 'article', pluralName: 'articles', displayName: 'Article' },
        attributes: { title: { type: 'strnig' } },
      }),
    );
    await expectOneLine({ CONTENT_TYPES: folder }, /article\.json.*"title"/);
  });

  it('tells of a broken SQLite file in one line', async () => {
    const file = join(folder, 'broken.sqlite');
    await writeFile(file, 'This is no database, and long enough to be taken for one.'.repeat(100));
    await expectOneLine({ DATABASE_URL: `sqlite:${file}` }, /broken\.sqlite cannot be opened/);
  });

  it('tells of a data directory that is a file in one line', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expectOneLine({ DATA_DIR: file }, /file/);
  });

  it('tells of a port in use in one line', async () => {
    const server: Server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    try {
      await expectOneLine({ PORT: String(port) }, new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use`));
    } finally {
      server.close();
    }
  });

  it('says no password', async () => {
    const posthorn = spawnApp({
      DATA_DIR: folder,
      DATABASE_URL: 'mysql://root:hush@127.0.0.1:1/posthorn',
    });
    await posthorn.exit;
    expect(posthorn.output.stderr + posthorn.output.stdout).not.toContain('hush');
  });
});

describe('A process that started', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-start-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each(['SIGTERM', 'SIGINT'] as const)('exits with 0 on %s', async (signal) => {
    const posthorn = await startProcess({ DATA_DIR: folder });
    expect((await fetch(`${posthorn.baseUrl}/health/ready`)).status).toBe(200);
    posthorn.signal(signal);
    expect(await posthorn.exit).toEqual({ code: 0, signal: null });
  });

  it('prints a first token that works, at the first start alone', async () => {
    const env = { DATA_DIR: folder, ADMIN_TOKEN: '' };
    const first = await startProcess(env);
    const token = /first admin token, shown this once: (\S+)/.exec(first.output.stdout)?.[1];
    const answer = await fetch(`${first.baseUrl}/admin/webhooks`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    first.signal('SIGTERM');
    await first.exit;

    const second = await startProcess(env);
    expect(second.output.stdout).not.toContain('first admin token');
    await second.end();
  });

  it('describes the bodies that it takes, which only the build knows', async () => {
    const posthorn = await startProcess({ DATA_DIR: folder });
    const document = (await (await fetch(`${posthorn.baseUrl}/openapi.json`)).json()) as {
      components: { schemas: Record<string, { required?: string[] }> };
    };
    expect(document.components.schemas['CreateWebhookBody']?.required).toEqual([
      'name',
      'url',
      'headers',
      'events',
    ]);
    await posthorn.end();
  });

  it('warns of SQLite in production', async () => {
    const posthorn = await startProcess({ DATA_DIR: folder, NODE_ENV: 'production' });
    expect(posthorn.output.stdout + posthorn.output.stderr).toContain('SQLite is one file on one machine');
    await posthorn.end();
  });
});
