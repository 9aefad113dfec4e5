// Runs the receivers of docs/receiving.md whose toolchain is installed, and lets the built program send to them.
// Arguments name languages; without any all are run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LANGUAGES } from './languages.mjs';
import { eventually } from '../support/eventually.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ADMIN_TOKEN = 'receivers-admin-token';
/** A toolchain that starts for the first time takes long. */
const LONGEST_WAIT_MS = 60_000;

const FORMATS = ['strapi-v3', 'strapi-v5', 'standard', 'cloudevents'];
const names = process.argv.slice(2);
const languages = LANGUAGES.filter(({ fence }) => names.length === 0 || names.includes(fence));
const unknown = names.filter((name) => !languages.some(({ fence }) => fence === name));
if (unknown.length > 0) throw new Error(`There is no receiver in ${unknown.join(', ')}.`);

const document = await readFile(join(ROOT, 'docs/receiving.md'), 'utf8');
const folder = await mkdtemp(join(tmpdir(), 'posthorn-receivers-'));
const children = new Set();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

let passed = 0;
let failed = 0;
try {
  const posthorn = await startPosthorn();
  for (const language of languages) {
    const missing = await findMissingTool(language);
    if (missing !== null) {
      console.log(`  - ${language.name}: not run, because ${missing} is not installed`);
      continue;
    }
    try {
      if (!(await prepare(language))) continue;
      await tryReceiver(posthorn, language);
      passed += 1;
      console.log(`  ✓ ${language.name} takes requests of every format, and refuses a forged one`);
    } catch (error) {
      failed += 1;
      console.error(`  ✗ ${language.name}: ${error.stack}`);
    }
  }
} catch (error) {
  failed += 1;
  console.error(error);
} finally {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
}
console.log(`Receivers: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function findMissingTool({ tools }) {
  for (const [command, ...args] of tools) {
    const runs = await run(command, args, folder).then(
      () => true,
      () => false,
    );
    if (!runs) return command;
  }
  return null;
}

/** Writes and builds a receiver. @returns false where its library cannot be had here, which is told in one line */
async function prepare(language) {
  const code = new RegExp(`^\`\`\`${language.fence}\\n(.*?)^\`\`\``, 'ms').exec(document)?.[1];
  assert.ok(code, `docs/receiving.md has no block of ${language.fence}`);
  const home = join(folder, language.fence);
  await mkdir(home, { recursive: true });
  for (const [file, text] of Object.entries(language.files ?? {})) {
    await mkdir(join(home, file, '..'), { recursive: true });
    await writeFile(join(home, file), text);
  }
  await mkdir(join(home, language.file, '..'), { recursive: true });
  await writeFile(join(home, language.file), code);
  try {
    for (const [command, ...args] of language.fetch) await run(command, args, home);
  } catch (error) {
    const why = error.message.trim().split('\n').at(-1);
    console.log(`  - ${language.name}: not run, because its library could not be fetched: ${why}`);
    return false;
  }
  for (const [command, ...args] of language.build) await run(command, args, home);
  return true;
}

/** Sends an event in each format to one receiver, and a forged request. */
async function tryReceiver(posthorn, language) {
  const home = join(folder, language.fence);
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const port = await findFreePort();
  const [command, ...args] = language.start;
  const receiver = start(command, args, home, { WEBHOOK_SECRET: secret, PORT: String(port) });
  const url = `http://127.0.0.1:${port}/`;
  try {
    await eventually(
      async () => assert.equal((await fetch(url, { method: 'POST', body: '{}' })).status, 401),
      LONGEST_WAIT_MS,
    );
    const ids = [];
    for (const format of FORMATS) {
      const { id } = await posthorn.call('POST', '/admin/webhooks', 201, {
        name: format,
        url,
        headers: {},
        events: ['*'],
        format,
      });
      await posthorn.call('POST', `/admin/webhooks/${id}/secret/rotate`, 200, { secret });
      ids.push(id);
    }
    await posthorn.call('POST', '/admin/events', 202, { type: 'receivers.tried', data: { city: 'Köln' } });
    for (const id of ids) {
      await eventually(async () => {
        const [delivery] = await posthorn.call('GET', `/admin/deliveries?webhookId=${id}`, 200);
        assert.deepEqual([delivery?.state, delivery?.lastStatusCode], ['succeeded', 204]);
      }, LONGEST_WAIT_MS);
      await posthorn.call('DELETE', `/admin/webhooks/${id}`, 200);
    }
    const forged = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
    };
    assert.equal((await fetch(url, { method: 'POST', headers: forged, body: '{}' })).status, 401);
  } finally {
    receiver.kill('SIGKILL');
  }
}

async function startPosthorn() {
  const env = { PORT: '0', DATA_DIR: join(folder, 'data'), ADMIN_TOKEN };
  const child = start(process.execPath, [join(ROOT, 'dist/main.js')], ROOT, env);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const baseUrl = await eventually(() => {
    const url = /Posthorn is listening on (http:\/\/\S+)/.exec(output)?.[1];
    assert.ok(url, `it does not listen:\n${output}`);
    return url;
  }, LONGEST_WAIT_MS);
  const call = async (method, path, status, body) => {
    const answer = await fetch(baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.equal(answer.status, status, `${method} ${path} answered ${answer.status}: ${text}`);
    return text === '' ? null : JSON.parse(text).data;
  };
  return { call };
}

function start(command, args, cwd, env) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  child.once('error', () => children.delete(child));
  child.stdout.resume();
  return child;
}

async function run(command, args, cwd) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`);
}

async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
