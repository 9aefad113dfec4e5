// Records the webhooks that a real Strapi sends for the changes of changes.json, into recorded.json:
//   node test/strapi-fixtures/record.mjs [folder]
// The folder (default: a new one) gets a Strapi project, whose packages npm installs where they are missing.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FILES } from './files.mjs';
import { playChanges } from './play-changes.mjs';
import { describePackage, writeStrapiProject } from './strapi-project.mjs';

const STRAPI_VERSION = '5.54.0';

/** A change's webhooks have come when none has come for so long, milliseconds: Strapi sends them after its answer. */
const SETTLED_MS = 400;

const PLURALS = { article: 'articles', category: 'categories', tag: 'tags', shelf: 'shelves', page: 'pages' };

const folder = resolve(process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'strapi-recording-'))));
const receiver = await startReceiver();
const strapi = await startStrapi();
const { http } = await prepare();

const changes = JSON.parse(await readFile(new URL('changes.json', import.meta.url), 'utf8'));
const { sent, made } = await playChanges(changes, {
  toReference: ({ documentId }) => documentId,
  make: async (change) => {
    const thing = await makeChange(change);
    return { thing, events: await receiver.takeAll() };
  },
});

const names = Object.fromEntries([...made].map(([name, { documentId }]) => [documentId, name]));
const recorded = {
  strapi: STRAPI_VERSION,
  names,
  changes: sent.map((events) => events.map(({ headers, raw }) => ({ headers, body: raw }))),
};
await writeFile(new URL('recorded.json', import.meta.url), `${JSON.stringify(recorded, null, 2)}\n`);
console.log(`${sent.flat().length} webhooks of ${changes.length} changes are in recorded.json.`);
process.exit(0);

async function startReceiver() {
  let received = [];
  let lastAt = Date.now();
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const raw = Buffer.concat(chunks).toString('utf8');
    const { host: _, 'content-length': __, ...headers } = request.headers;
    received.push({ headers, raw, body: JSON.parse(raw) });
    lastAt = Date.now();
    response.end();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    /** Waits until all have come, and gives them. */
    takeAll: async () => {
      lastAt = Date.now();
      while (Date.now() - lastAt < SETTLED_MS) await sleep(20);
      const all = received;
      received = [];
      return all;
    },
  };
}

async function startStrapi() {
  if (!existsSync(join(folder, 'node_modules/@strapi/strapi'))) {
    await writeFile(join(folder, 'package.json'), JSON.stringify(describePackage(STRAPI_VERSION)));
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps'];
    execFileSync('npm', ['install', ...flags], { cwd: folder, stdio: 'inherit' });
  }
  for (const rest of ['.tmp', 'src', 'config', 'public']) {
    await rm(join(folder, rest), { recursive: true, force: true });
  }
  await writeStrapiProject(folder, await findFreePort());
  process.chdir(folder);
  process.env.STRAPI_TELEMETRY_DISABLED = 'true';
  const { createStrapi } = createRequire(join(folder, 'package.json'))('@strapi/strapi');
  return createStrapi({ appDir: folder, distDir: folder }).start();
}

async function findFreePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Makes a webhook for all events, and a token for all routes. */
async function prepare() {
  const kinds = ['create', 'update', 'delete', 'publish', 'unpublish', 'draft-discard'];
  const events = [...kinds.map((kind) => `entry.${kind}`), 'media.create', 'media.update', 'media.delete'];
  const webhook = await strapi
    .get('webhookStore')
    .createWebhook({ name: 'recorder', url: receiver.url, headers: {}, events, isEnabled: true });
  strapi.get('webhookRunner').add(webhook);
  const token = await strapi
    .service('admin::api-token')
    .create({ name: 'recorder', description: '', type: 'full-access', lifespan: null });
  const base = `http://127.0.0.1:${strapi.config.get('server.port')}/api`;
  const request = async (method, path, body) => {
    const isForm = body instanceof FormData;
    const headers = { authorization: `Bearer ${token.accessKey}` };
    if (body !== undefined && !isForm) headers['content-type'] = 'application/json';
    const answer = await fetch(`${base}${path}`, {
      method,
      headers,
      body: isForm || body === undefined ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  return { http: request };
}

/** Makes one change. Gives the entry or file that it made. */
async function makeChange({ do: kind, type, of, data, file, info, to }) {
  const path = type && (type === 'home' ? '/home' : `/${PLURALS[type] ?? type}`);
  const documents = () => strapi.documents(`api::${type}.${type}`);
  switch (kind) {
    case 'upload': {
      const [made] = await http('POST', '/upload', buildForm(file, info, to));
      return made;
    }
    case 'change-file':
      return void (await http('POST', `/upload?id=${of.id}`, buildForm(undefined, info)));
    case 'replace-file':
      return void (await http('POST', `/upload?id=${of.id}`, buildForm(file)));
    case 'remove-file':
      return void (await http('DELETE', `/upload/files/${of.id}`));
    case 'create':
      return (await http('POST', `${path}?status=draft`, { data })).data;
    case 'save':
      return (await http('PUT', path, { data })).data;
    case 'update':
      return void (await http('PUT', `${path}/${of.documentId}?status=draft`, { data }));
    case 'remove':
      return void (await http('DELETE', type === 'home' ? path : `${path}/${of.documentId}`));
    case 'publish':
      return void (await documents().publish({ documentId: of.documentId }));
    case 'unpublish':
      return void (await documents().unpublish({ documentId: of.documentId }));
    case 'discard-draft':
      return void (await documents().discardDraft({ documentId: of.documentId }));
    default:
      throw new Error(`There is no change "${kind}".`);
  }
}

function buildForm(file, info, to) {
  const form = new FormData();
  if (file !== undefined)
    form.append('files', new Blob([FILES[file].bytes], { type: FILES[file].type }), file);
  if (info !== undefined) form.append('fileInfo', JSON.stringify(info));
  if (to) {
    form.append('ref', `api::${to.type}.${to.type}`);
    form.append('refId', String(to.thing.id));
    form.append('field', to.field);
  }
  return form;
}
