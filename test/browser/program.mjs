// The built program on a SQLite of its own, and a receiver that can be broken and mended.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LONGEST_START_MS = 60_000;

export const ADMIN_TOKEN = 'browser-test-token';

/**
 * Starts the program and waits until it listens.
 *
 * @param settings environment variables beside the usual ones
 */
export async function startProgram(settings = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-browser-'));
  const child = spawn(process.execPath, ['dist/standalone.js'], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      PORT: process.env.PORT ?? '0',
      DATA_DIR: dataDir,
      ADMIN_TOKEN,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = new Promise((resolve) => child.once('exit', resolve));
  process.once('exit', () => child.kill('SIGKILL'));
  const end = async () => {
    child.kill('SIGKILL');
    await exit;
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const baseUrl = await listening(child, exit);
    // Another server may stand before the program: a proxy under a prefix, say.
    const pageUrl = `${process.env.PAGE_URL ?? baseUrl}/dashboard`;
    return { baseUrl, pageUrl, dataDir, end, call: callOf(baseUrl) };
  } catch (error) {
    await end();
    throw error;
  }
}

function listening(child, exit) {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`It did not listen:\n${output}`)), LONGEST_START_MS);
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      const url = /Posthorn is listening on (http:\/\/\S+)/.exec(output)?.[1];
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    });
    void exit.then((code) => reject(new Error(`It ended with ${code} before it listened:\n${output}`)));
  });
}

/** Calls the API as its users do: `call('POST', '/api/addresses', {…})` answers the data. */
function callOf(baseUrl) {
  return async (method, path, body) => {
    const answer = await fetch(baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text).data;
  };
}

/** A receiver on loopback: `status` is what it answers from now on. */
export async function startReceiver() {
  const receiver = { status: 200, requests: [], url: '', end: () => undefined };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    receiver.requests.push({
      method: request.method,
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    });
    response
      .writeHead(receiver.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(receiver.status < 300 ? { taken: true } : { error: 'the disk is full' }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${server.address().port}/hook`;
  receiver.end = () => {
    server.closeAllConnections();
    server.close();
  };
  return receiver;
}
