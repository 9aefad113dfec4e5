import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ADMIN_TOKEN = 'bench-admin-token';

const READY = /Posthorn is listening on (http:\/\/\S+)/;
const LONGEST_START_MS = 60_000;
const LONGEST_STOP_MS = 20_000;
const END_WITH_PARENT = new URL('end-with-parent.mjs', import.meta.url).href;

/** What `npm start` runs; older builds have no bundle. */
const programOf = (build) =>
  ['dist/standalone.js', 'dist/main.js'].find((file) => existsSync(join(build, file)));

/**
 * Starts the built program as it is started in production, but for loopback being allowed, and waits until it listens.
 *
 * @param {{build: string, databaseUrl: string, worker?: boolean, execArgv?: string[]}} options
 */
export async function startInstance(scope, { build, databaseUrl, worker = true, execArgv = [] }) {
  const dataDir = mkdtempSync(join(tmpdir(), 'posthorn-bench-'));
  const child = spawn(process.execPath, ['--import', END_WITH_PARENT, ...execArgv, programOf(build)], {
    cwd: build,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      ADMIN_TOKEN,
      SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
      WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.0/8',
      WEBHOOKS_HTTPS_ONLY: 'false',
      DELIVERY_WORKER: String(worker),
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  const exit = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  scope.defer(async () => {
    child.kill('SIGKILL');
    await exit;
    rmSync(dataDir, { recursive: true, force: true });
  });
  const baseUrl = await new Promise((resolve, reject) => {
    const fail = (what) => reject(new Error(`An instance ${what}. It wrote:\n${output}`));
    const timer = setTimeout(() => fail('did not listen in time'), LONGEST_START_MS);
    const look = (text) => {
      output = (output + text).slice(-20_000);
      const url = READY.exec(output)?.[1];
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout.setEncoding('utf8').on('data', look);
    child.stderr.setEncoding('utf8').on('data', look);
    void exit.then((code) => fail(`ended with ${code}`));
  });

  return {
    pid: child.pid,
    baseUrl,
    exit,
    /** Warnings and errors of its log, but for what it always says of SQLite. */
    complaints: () =>
      output.split('\n').filter((line) => /\b(WARN|ERROR|FATAL)\b/.test(line) && !line.includes('SQLite')),
    /** Calls the admin API; gives the answer's `data`. */
    async call(method, path, body) {
      const answer = await fetch(baseUrl + path, {
        method,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
      return JSON.parse(text).data;
    },
    /** Ends it as an operator would. */
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_STOP_MS);
      await exit;
      clearTimeout(timer);
    },
  };
}
