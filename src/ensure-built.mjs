// Runs before `npm start`: builds when there is no build yet or the sources are newer than it. It installs nothing.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const built = modifiedAt(join(root, 'dist', 'main.js'));
const sources = ['package.json', 'tsconfig.json', 'tsconfig.build.json'].map((file) => join(root, file));

if (built < Math.max(newestIn(join(root, 'src')), ...sources.map(modifiedAt))) {
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
