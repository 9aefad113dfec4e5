import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PACKAGE_ROOT } from '../../src/package.js';

const LOCK = join(PACKAGE_ROOT, '.tmp', 'building');
/** A build that was cut off leaves its lock behind. */
const STALE_MS = 150_000;
/** A build beside two other test files takes most of a minute on two slow cores; one may wait for a stale lock first. */
const BUILT_WITHIN_MS = 300_000;

// Before the first test of the worker's first spec file that imports this: a test's own time has no room for a build.
beforeAll(() => ensureBuilt(), BUILT_WITHIN_MS);

/** Builds `dist/` if it is older than the sources; of test files that start together one does it. */
async function ensureBuilt(): Promise<void> {
  mkdirSync(join(PACKAGE_ROOT, '.tmp'), { recursive: true });
  while (!tryLock()) await wait(100);
  try {
    const build = spawnSync(process.execPath, [join(PACKAGE_ROOT, 'scripts', 'ensure-built.mjs')], {
      encoding: 'utf8',
    });
    if (build.status !== 0) throw new Error(`The build failed:\n${build.stdout}${build.stderr}`);
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function tryLock(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > STALE_MS) rmSync(LOCK, { recursive: true, force: true });
    return false;
  }
}
