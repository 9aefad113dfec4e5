import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../src/package.js';
import './built.js';
import { TEST_ADMIN_TOKEN, TEST_SECRETS_KEY } from './start-app.js';

const READY = /Posthorn is listening on (http:\/\/\S+)/;

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The built program, running as its users run it. */
export interface ProcessApp {
  pid: number;
  /** What it wrote so far. */
  output: { stdout: string; stderr: string };
  /** Resolves with the address when it listens. Rejects with its output when it ends before, or takes too long. */
  ready(timeoutMs?: number): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  exit: Promise<ProcessExit>;
  /** Ends it whatever it does (SIGKILL, also when it is stopped) and waits. */
  end(): Promise<void>;
}

/**
 * Starts `node dist/standalone.js` with nothing of this process's environment but PATH: what is given and what every test
 * needs (a free port, the test's admin token and sealing key, loopback allowed).
 *
 * @param env DATA_DIR at the least
 */
export function spawnApp(env: Record<string, string>): ProcessApp {
  const child = spawn(process.execPath, [join(PACKAGE_ROOT, 'dist', 'standalone.js')], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      ADMIN_TOKEN: TEST_ADMIN_TOKEN,
      SECRETS_KEY: TEST_SECRETS_KEY,
      WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return watch(child);
}

/** {@link spawnApp}, and waits until it listens. */
export async function startProcess(env: Record<string, string>): Promise<ProcessApp & { baseUrl: string }> {
  const app = spawnApp(env);
  try {
    return Object.assign(app, { baseUrl: await app.ready() });
  } catch (error) {
    await app.end();
    throw error;
  }
}

function watch(child: ChildProcess): ProcessApp {
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const exit = new Promise<ProcessExit>((resolve) => {
    // `close` comes after the last of the output, `exit` may come before.
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  void exit.then(() => process.off('exit', killOnExit));

  return {
    pid: child.pid ?? 0,
    output,
    exit,
    signal: (signal) => void child.kill(signal),
    end: async () => {
      child.kill('SIGKILL');
      await exit;
    },
    ready: (timeoutMs = 60_000) =>
      new Promise((resolve, reject) => {
        const fail = (what: string) => {
          finish();
          reject(new Error(`The process ${what}. It wrote:\n${output.stdout}${output.stderr}`));
        };
        const look = () => {
          const url = READY.exec(output.stdout)?.[1];
          if (!url) return;
          finish();
          resolve(url);
        };
        const timer = setTimeout(() => fail(`did not listen within ${timeoutMs} ms`), timeoutMs);
        const finish = () => {
          clearTimeout(timer);
          listeners.delete(look);
        };
        listeners.add(look);
        void exit.then(({ code, signal }) => fail(`ended with ${code ?? signal} before it listened`));
        look();
      }),
  };
}
