// Makes the folder of a run and sees to it that the tests have a MySQL-protocol server: the one of TEST_DATABASE_URL,
// else one of their own. Jest runs this in the process that starts the workers: what is set here they find in their
// environment.
import { spawn } from 'node:child_process';
import { mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMysql, PrivateMysql, wantedEngine } from './private-mysql.mjs';

const MEMORY = '/dev/shm';
/** What a run's databases and its server take at the most, with room to spare; a container often has 64 MB. */
const NEEDED_BYTES = 2 * 1024 ** 3;

export default async function globalSetup() {
  const parent = quickFolder();
  globalThis.posthornTestFolder = mkdtempSync(join(parent, 'posthorn-test-'));
  process.env.POSTHORN_TEST_FOLDER = globalThis.posthornTestFolder;
  removeAtTheEnd(globalThis.posthornTestFolder);
  // An engine that is asked for by its name is started here.
  if (process.env.TEST_DATABASE_URL && wantedEngine() === null) {
    process.env.POSTHORN_TEST_MYSQL = process.env.TEST_DATABASE_URL;
    return;
  }
  // Whoever runs the tests on SQLite alone waits for no server.
  if (process.env.TEST_DATABASES === 'sqlite') return;
  if (!haveServer()) {
    console.warn(
      '\nThe MySQL half of the tests did not run: no mariadbd or mysqld was found. ' +
        'Install one (apt-get install mariadb-server) or set TEST_DATABASE_URL=mysql://user:password@host:3306.',
    );
    return;
  }
  // OceanBase takes gigabytes, and waits for a disk no longer than for memory.
  const where = wantedEngine() === 'oceanbase' ? tmpdir() : parent;
  const server = await PrivateMysql.create([], { isDurable: false, parent: where });
  globalThis.posthornPrivateMysql = server;
  process.env.POSTHORN_TEST_MYSQL = server.url;
}

/** Whether there is a server. An engine that was asked for by its name and is not to be had ends the run with one line. */
function haveServer() {
  const wanted = wantedEngine();
  try {
    if (findMysql()) return true;
    if (wanted === null) return false;
    console.error(`\nThe tests cannot run on ${wanted}: it was not found on this machine.`);
  } catch (error) {
    console.error(`\nThe tests cannot run on ${wanted}: ${error.message}.`);
  }
  process.exit(1);
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
