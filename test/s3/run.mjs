// Runs the specs of an archive in a bucket against an S3-compatible server, moto's, where Python has it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STARTS_WITHIN_MS = 60_000;

if (spawnSync('python3', ['-c', 'import moto.server'], { stdio: 'ignore' }).status !== 0) {
  console.log("The archive in a bucket is not tested: python3 has no moto (pip install 'moto[server]').");
} else {
  await run();
}

async function run() {
  const port = await findFreePort();
  const server = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  });
  process.once('exit', () => server.kill('SIGKILL'));
  const endpoint = `http://127.0.0.1:${port}`;
  await waitFor(endpoint, server);
  const jest = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      '--selectProjects',
      'integration',
      '--testPathPatterns',
      'delivery/archive-in-bucket',
      ...process.argv.slice(2),
    ],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: {
        TEST_DATABASES: 'sqlite',
        ...process.env,
        TEST_S3_ENDPOINT: endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    },
  );
  const [code] = await once(jest, 'exit');
  server.kill('SIGKILL');
  process.exitCode = code ?? 1;
}

async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function waitFor(endpoint, server) {
  const end = Date.now() + STARTS_WITHIN_MS;
  while (Date.now() < end && server.exitCode === null) {
    const answer = await fetch(endpoint).catch(() => null);
    if (answer) return;
    await wait(100);
  }
  throw new Error(`moto's server did not start on ${endpoint} within ${STARTS_WITHIN_MS / 1000} s.`);
}
