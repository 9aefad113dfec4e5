import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A copy of the build, so that all rows measure one program though somebody builds meanwhile. It lies inside of the
 * project, where its packages are found.
 *
 * @param {string} [given] a build to use as it is
 */
export function frozenBuild(scope, given) {
  if (given) return resolve(given);
  const built = spawnSync(process.execPath, [join(ROOT, 'scripts', 'ensure-built.mjs')], {
    stdio: 'inherit',
  });
  if (built.status !== 0) throw new Error('The build failed.');
  mkdirSync(join(ROOT, '.tmp'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.tmp', 'bench-'));
  scope.defer(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['dist', 'config', 'package.json']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  return folder;
}
