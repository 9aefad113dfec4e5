// Counts requests that begin after a decision against them: two instances on one MySQL hold deliveries for receivers that
// take two seconds or never answer, then webhooks are disabled or deleted, or sending is paused, through one of the two.
//
//   node test/chaos/stopping.mjs [--tries 100] [--main dist/standalone.js]
//
// It exits with 1 when a request began more than a second after the answer.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PrivateMysql } from '../support/private-mysql.mjs';

const { values } = parseArgs({
  options: {
    tries: { type: 'string', default: '100' },
    main: { type: 'string', default: fileURLToPath(new URL('../../dist/standalone.js', import.meta.url)) },
  },
});

const TOKEN = 'a-token-of-the-stopping-run';
const EVENTS = 40;
/** Webhooks of a round; half of their receivers are slow, half hang. */
const WEBHOOKS = 10;
/** Begun later than this after the answer is too late, milliseconds. */
const LATE_MS = 1_000;
/** How long a round listens after the answers, milliseconds: longer than a slow receiver takes. */
const LISTEN_MS = 4_000;
const SLOW_MS = 2_000;

/** When each request arrived, by path. */
const arrivals = new Map();
const hanging = new Set();

const receiver = createServer((request, response) => {
  const at = performance.now();
  const list = arrivals.get(request.url) ?? [];
  arrivals.set(request.url, [...list, at]);
  request.resume();
  if (request.url.startsWith('/slow')) setTimeout(() => response.writeHead(200).end(), SLOW_MS).unref();
  else hanging.add(response);
});

function startInstance(env) {
  const child = spawn(process.execPath, [values.main], { env: { ...process.env, ...env }, stdio: 'pipe' });
  const url = new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk) => {
      text += chunk;
      const found = /Posthorn is listening on (http:\/\/[\w.:]+)/.exec(text);
      if (found) resolve(found[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`An instance ended with ${code}:\n${text}`)));
  });
  return { child, url };
}

async function call(url, method, path, body) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function hold([one, other], round) {
  const made = await Promise.all(
    Array.from({ length: WEBHOOKS }, async (_, n) => {
      const path = `/${n % 2 === 0 ? 'slow' : 'hang'}/${round}/${n}`;
      const url = `http://127.0.0.1:${receiver.address().port}${path}`;
      const hook = { name: path, url, headers: {}, events: ['*'], timeoutMs: 30_000 };
      return { path, id: (await call(one, 'POST', '/admin/webhooks', hook)).data.id };
    }),
  );
  for (let n = 0; n < EVENTS; n += 1) {
    await call(n % 2 === 0 ? one : other, 'POST', '/admin/events', { type: 'order.shipped', data: { n } });
  }
  while (made.some(({ path }) => (arrivals.get(path)?.length ?? 0) < 8)) await wait(20);
  // Into the middle of what a slow receiver takes.
  await wait(SLOW_MS / 2 + Math.random() * SLOW_MS);
  return made;
}

/** @returns the requests that began later than a second after the answer, and the latest after it, milliseconds */
function judge(path, answeredAt) {
  const after = (arrivals.get(path) ?? []).map((at) => at - answeredAt).filter((ms) => ms > 0);
  return { late: after.filter((ms) => ms > LATE_MS).length, latest: Math.max(0, ...after) };
}

async function clear(one, made) {
  for (const response of hanging) response.writeHead(500).end();
  hanging.clear();
  const ids = made.map(({ id }) => id);
  if (ids.length > 0) await call(one, 'POST', '/admin/webhooks/batch-delete', { ids });
  await wait(SLOW_MS + 500);
}

const DECISIONS = {
  disable: (one, { id }) => call(one, 'POST', `/admin/webhooks/${id}/disable`),
  delete: (one, { id }) => call(one, 'DELETE', `/admin/webhooks/${id}`),
};

async function runRound(urls, kind, round) {
  const [one] = urls;
  const made = await hold(urls, round);
  const results = [];
  if (kind === 'pause') {
    await call(one, 'POST', '/admin/sending/pause');
    const answeredAt = performance.now();
    await wait(LISTEN_MS);
    const all = made.map(({ path }) => judge(path, answeredAt));
    const late = all.reduce((sum, each) => sum + each.late, 0);
    results.push({ late, latest: Math.max(...all.map(({ latest }) => latest)) });
  } else {
    const answered = [];
    for (const webhook of made) {
      await DECISIONS[kind](one, webhook);
      answered.push(performance.now());
    }
    await wait(LISTEN_MS);
    made.forEach(({ path }, n) => results.push(judge(path, answered[n])));
  }
  await clear(one, kind === 'delete' ? [] : made);
  if (kind === 'pause') await call(one, 'POST', '/admin/sending/resume');
  return results;
}

const folder = await mkdtemp(join(tmpdir(), 'posthorn-stopping-'));
const mysql = await PrivateMysql.create();
const children = [];
let failed = false;
try {
  await mysql.query('CREATE DATABASE stopping CHARACTER SET utf8mb4');
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const env = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: `${mysql.url}/stopping`,
    DATA_DIR: folder,
    ADMIN_TOKEN: TOKEN,
    SECRETS_KEY: Buffer.alloc(32, 5).toString('base64'),
    WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.0/8',
  };
  const urls = [];
  for (let n = 0; n < 2; n += 1) {
    const { child, url } = startInstance(env);
    children.push(child);
    urls.push(await url);
  }
  const tries = Number(values.tries);
  const kinds = ['disable', 'delete', 'pause', 'pause', 'pause'];
  const totals = new Map();
  let made = 0;
  for (let round = 0; made < tries; round += 1) {
    const kind = kinds[round % kinds.length];
    for (const { late, latest } of (await runRound(urls, kind, round)).slice(0, tries - made)) {
      const total = totals.get(kind) ?? { tries: 0, late: 0, latestMs: 0 };
      totals.set(kind, {
        tries: total.tries + 1,
        late: total.late + late,
        latestMs: Math.max(total.latestMs, Math.round(latest)),
      });
      made += 1;
    }
  }
  for (const [kind, { tries: count, late, latestMs }] of totals) {
    console.log(
      `${kind}: ${count} tries, ${late} requests began later than ${LATE_MS} ms after the answer; the last began ${latestMs} ms after it`,
    );
    failed ||= late > 0;
  }
} finally {
  for (const child of children) child.kill('SIGKILL');
  receiver.closeAllConnections();
  receiver.close();
  await mysql.remove();
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
