// Starts the built program as a user does, does what the README's first page does, and looks at what arrived.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { eventually } from '../support/eventually.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ADMIN_TOKEN = 'smoke-admin-token';
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const LONGEST_WAIT_MS = 30_000;

const arrived = [];
const receiver = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  arrived.push({ headers: request.headers, body: Buffer.concat(chunks) });
  response.end();
});
await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const receiverUrl = `http://127.0.0.1:${receiver.address().port}/hook`;

const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-smoke-'));
const posthorn = spawn(process.execPath, ['dist/standalone.js'], {
  cwd: ROOT,
  env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir, ADMIN_TOKEN },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const exit = new Promise((resolve) => posthorn.once('exit', (code, signal) => resolve({ code, signal })));
process.once('exit', () => posthorn.kill('SIGKILL'));

let passed = 0;
let failed = 0;
try {
  const baseUrl = await listening();
  let webhook;
  let address;

  await step('it is ready', async () => {
    assert.equal((await fetch(`${baseUrl}/health/ready`)).status, 200);
  });

  await step('a webhook is created', async () => {
    webhook = await call('POST', `${baseUrl}/admin/webhooks`, 201, {
      name: 'smoke',
      url: receiverUrl,
      headers: {},
      events: ['entry.create', 'media.create'],
    });
    assert.match(webhook.secret, /^whsec_/);
  });

  await step('an entry is created and arrives, signed', async () => {
    address = await call('POST', `${baseUrl}/api/addresses`, 201, { data: { city: 'Paris' } });
    const body = verified(await arrival(1), webhook.secret);
    assert.deepEqual(Object.keys(body), ['event', 'created_at', 'model', 'entry']);
    assert.equal(body.event, 'entry.create');
    assert.equal(body.model, 'address');
    assert.equal(body.entry.id, address.id);
    assert.equal(body.entry.city, 'Paris');
  });

  await step('a picture is uploaded and arrives, signed', async () => {
    const form = new FormData();
    form.append('files', new Blob([PNG], { type: 'image/png' }), 'image.png');
    const answer = await fetch(`${baseUrl}/api/upload`, {
      method: 'POST',
      headers: authorized(),
      body: form,
    });
    assert.equal(answer.status, 201, await answer.clone().text());
    const [file] = await answer.json();
    const body = verified(await arrival(2), webhook.secret);
    assert.deepEqual(Object.keys(body), ['event', 'created_at', 'media']);
    assert.equal(body.event, 'media.create');
    assert.equal(body.media.name, 'image.png');
    assert.equal(body.media.url, file.url);
    const served = await fetch(`${baseUrl}${file.url}`);
    assert.deepEqual(Buffer.from(await served.arrayBuffer()), PNG);
  });

  await step('both deliveries are in the history with their attempts', async () => {
    const deliveries = await eventually(async () => {
      const all = await call('GET', `${baseUrl}/admin/deliveries`, 200);
      assert.deepEqual(
        all.map(({ event, state, attemptCount }) => ({ event, state, attemptCount })),
        [
          { event: 'media.create', state: 'succeeded', attemptCount: 1 },
          { event: 'entry.create', state: 'succeeded', attemptCount: 1 },
        ],
      );
      return all;
    });
    const { attempts } = await call('GET', `${baseUrl}/admin/deliveries/${deliveries[0].id}`, 200);
    assert.equal(attempts.length, 1);
    assert.equal(attempts[0].statusCode, 200);
  });

  await step('SIGTERM ends it with exit code 0', async () => {
    posthorn.kill('SIGTERM');
    assert.deepEqual(await within(exit, 'the process did not end'), { code: 0, signal: null });
  });
} catch (error) {
  failed += 1;
  console.error(error);
} finally {
  posthorn.kill('SIGKILL');
  await exit;
  receiver.closeAllConnections();
  receiver.close();
  await rm(dataDir, { recursive: true, force: true });
}
console.log(`Smoke test: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function step(name, work) {
  try {
    await work();
  } catch (error) {
    throw new Error(`Smoke test, "${name}": ${error.message}`, { cause: error });
  }
  passed += 1;
  console.log(`  ✓ ${name}`);
}

function listening() {
  const line = new Promise((resolve, reject) => {
    let output = '';
    posthorn.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      const url = /Posthorn is listening on (http:\/\/\S+)/.exec(output)?.[1];
      if (url) resolve(url);
    });
    void exit.then(({ code }) => reject(new Error(`It ended with ${code} before it listened:\n${output}`)));
  });
  return within(line, 'it did not listen');
}

async function call(method, url, status, body) {
  const answer = await fetch(url, {
    method,
    headers: { ...authorized(), 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  assert.equal(answer.status, status, `${method} ${url} answered ${answer.status}: ${text}`);
  return JSON.parse(text).data;
}

function authorized() {
  return { authorization: `Bearer ${ADMIN_TOKEN}` };
}

async function arrival(count) {
  await eventually(() =>
    assert.ok(arrived.length >= count, `${arrived.length} of ${count} requests arrived`),
  );
  return arrived[count - 1];
}

function verified({ headers, body }, secret) {
  return new Webhook(secret).verify(body.toString('utf8'), headers);
}

function within(promise, complaint) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint} within ${LONGEST_WAIT_MS} ms`)), LONGEST_WAIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
