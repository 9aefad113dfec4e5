import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startChild } from './child.mjs';

/** A Redis of one's own on a free port, which keeps nothing on the disk; null where there is no `redis-server`. */
export async function startRedis(scope) {
  const program = (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, 'redis-server'))
    .find((file) => existsSync(file));
  if (!program) return null;
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/'];
  const child = startChild(scope, new URL('guarded-process.mjs', import.meta.url), [program, ...args]);
  const { pid } = await child.next('started', 10_000);
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => 50 });
  client.on('error', () => undefined);
  try {
    await answers(client);
    const [, version] = /redis_version:(\S+)/.exec(await client.info('server')) ?? [];
    return { port, pid, version };
  } finally {
    client.disconnect();
  }
}

async function answers(client) {
  for (const latest = Date.now() + 10_000; ;) {
    try {
      await client.ping();
      return;
    } catch (error) {
      if (Date.now() > latest) throw new Error(`Redis does not answer: ${error.message}`, { cause: error });
      await wait(50);
    }
  }
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
