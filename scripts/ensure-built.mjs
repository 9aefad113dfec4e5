// Runs before `npm start`: builds where there is no build or the sources are newer. It installs nothing.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
// The file that every build writes last; the compiler does not rewrite files that did not change.
const built = modifiedAt(join(root, 'dist', 'standalone.js'));
const sources = [
  'package.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/bundle.mjs',
  'scripts/bundle-package.mjs',
].map((file) => join(root, file));
const newest = Math.max(newestIn(join(root, 'src')), ...sources.map(modifiedAt));

if (built < newest) {
  console.log(
    'Building Posthorn: there is no build yet, or its sources are newer. This takes a few seconds.',
  );
  const build = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  if (build.status !== 0) {
    console.error('Posthorn could not be built. Run `npm ci` first, then look at the compiler errors above.');
    process.exit(1);
  }
}

function newestIn(folder) {
  return Math.max(
    0,
    ...readdirSync(folder, { withFileTypes: true }).map((entry) =>
      entry.isDirectory() ? newestIn(join(folder, entry.name)) : modifiedAt(join(folder, entry.name)),
    ),
  );
}

function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
