import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const LONGEST_START_MS = 90_000;

/** One process of Strapi, on a port that it keeps. */
export class StrapiInstance {
  isUp = false;
  kills = 0;
  #child = null;
  #lives = 0;

  constructor(index, { project, folder, port, env }) {
    Object.assign(this, { index, project, folder, env, url: `http://127.0.0.1:${port}`, port });
  }

  static async create(index, options) {
    return new StrapiInstance(index, { ...options, port: await findFreePort() });
  }

  async start() {
    this.#lives += 1;
    const log = createWriteStream(join(this.folder, `strapi-${this.index}.${this.#lives}.log`));
    const child = spawn(process.execPath, ['server.js'], {
      cwd: this.project,
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        NODE_ENV: 'production',
        PORT: String(this.port),
        STRAPI_TELEMETRY_DISABLED: 'true',
        STRAPI_DISABLE_UPDATE_NOTIFICATION: 'true',
        ...this.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.#child = child;
    child.once('exit', () => {
      if (this.#child === child) this.isUp = false;
    });
    const latest = Date.now() + LONGEST_START_MS;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`Strapi ${this.index} ended while it started: see ${log.path}`);
      }
      if (Date.now() > latest) throw new Error(`Strapi ${this.index} did not start: see ${log.path}`);
      await wait(100);
    }
    this.isUp = true;
  }

  async kill(signal = 'SIGKILL') {
    const child = this.#child;
    this.isUp = false;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    if (signal === 'SIGKILL') this.kills += 1;
    await ended;
  }

  /** @returns {Promise<unknown>} the answer's `data` @throws when it is no 2xx, or none came */
  async call(method, path, body, headers = {}) {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return text === '' ? null : JSON.parse(text).data;
  }

  async #answers() {
    try {
      return (await fetch(`${this.url}/_health`, { signal: AbortSignal.timeout(1_000) })).ok;
    } catch {
      return false;
    }
  }
}

async function findFreePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
