import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MEMORY_ON_DEMAND = new URL('memory-on-demand.mjs', import.meta.url).href;

export const ADMIN_TOKEN = 'fuzz-admin-token-0';

/**
 * Starts the built program, which may reach no address whatever it is told, and waits until it listens.
 *
 * @param database a URL; null: SQLite in the data directory
 */
export async function startPosthorn(database) {
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-fuzz-'));
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--import', MEMORY_ON_DEMAND, '--enable-source-maps', 'dist/standalone.js'],
    {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        DATA_DIR: dataDir,
        ADMIN_TOKEN,
        WEBHOOKS_ALLOWED_NETWORKS: '',
        ...(database === null ? {} : { DATABASE_URL: database }),
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  let output = '';
  let ended = null;
  const exit = new Promise((resolve) => {
    child.once('close', (code, signal) => {
      ended = `It ended with ${code ?? signal}.`;
      resolve(ended);
    });
  });
  const baseUrl = await new Promise((resolve, reject) => {
    const read = (text) => {
      output = (output + text).slice(-200_000);
      const url = /Posthorn is listening on (http:\/\/\S+)/.exec(output)?.[1];
      if (url) resolve(url);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    void exit.then((how) => reject(new Error(`${how} It wrote:\n${output}`)));
  });
  return {
    baseUrl,
    port: Number(new URL(baseUrl).port),
    /** Null while it runs. */
    ended: () => ended,
    output: () => output,
    /** Resident bytes once nothing is left to be collected. */
    memory: () =>
      new Promise((resolve, reject) => {
        child.once('message', resolve);
        void exit.then(reject);
        child.send('memory', (error) => error && reject(error));
      }),
    stop: async () => {
      process.off('exit', killOnExit);
      child.kill('SIGKILL');
      await exit;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
