// Makes the folder of a run and sees to it that the tests have a MySQL-protocol server: the one of TEST_DATABASE_URL,
// else one of their own. Jest runs this in the process that starts the workers: what is set here they find in their
// environment.
import { spawn } from 'node:child_process';
import { mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMysql, PrivateMysql } from './private-mysql.mjs';

const MEMORY = '/dev/shm';
/** What a run's databases and its server take at the most, with room to spare; a container often has 64 MB. */
const NEEDED_BYTES = 2 * 1024 ** 3;

export default async function globalSetup() {
  const parent = quickFolder();
  globalThis.posthornTestFolder = mkdtempSync(join(parent, 'posthorn-test-'));
  process.env.POSTHORN_TEST_FOLDER = globalThis.posthornTestFolder;
  removeAtTheEnd(globalThis.posthornTestFolder);
  if (process.env.TEST_DATABASE_URL) {
    process.env.POSTHORN_TEST_MYSQL = process.env.TEST_DATABASE_URL;
    return;
  }
  // Whoever runs the tests on SQLite alone waits for no server.
  if (process.env.TEST_DATABASES === 'sqlite') return;
  if (!findMysql()) {
    console.warn(
      '\nThe MySQL half of the tests did not run: no mariadbd or mysqld was found. ' +
        'Install one (apt-get install mariadb-server) or set TEST_DATABASE_URL=mysql://user:password@host:3306.',
    );
    return;
  }
  const server = await PrivateMysql.create([], { isDurable: false, parent });
  globalThis.posthornPrivateMysql = server;
  process.env.POSTHORN_TEST_MYSQL = server.url;
}

/** A run that is cut off must not fill the memory: however this process ends, its end closes the pipe. */
function removeAtTheEnd(folder) {
  const watchdog = spawn('sh', ['-c', 'read -r word; sleep 1; rm -rf "$1"', 'sh', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.stdin.on('error', () => undefined);
  watchdog.stdin.unref();
  watchdog.unref();
}

/** Where a commit waits for no disk, if there is such a place. */
function quickFolder() {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (bavail * bsize >= NEEDED_BYTES) return MEMORY;
  } catch {
    // Not on every system.
  }
  return tmpdir();
}
