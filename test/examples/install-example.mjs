// Packs this package and installs an example from the tarball, in an empty folder: nothing of the source tree is used.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/**
 * @returns the tarball's path and what is in it; `remove` takes it away
 */
export async function packPackage() {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-pack-'));
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    maxBuffer: 16 * 1024 * 1024,
  });
  const [packed] = [JSON.parse(stdout)].flat().map((one) => (one.filename ? one : Object.values(one)[0]));
  return {
    tarball: join(folder, packed.filename),
    files: packed.files.map(({ path }) => path),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * Copies an example, has it depend on the tarball, installs and builds it.
 *
 * @param {string} name a folder of `examples`
 * @returns its folder; `remove` takes it away
 */
export async function installExample(name, tarball) {
  const folder = await mkdtemp(join(tmpdir(), `posthorn-${name}-`));
  await cp(join(ROOT, 'examples', name), folder, { recursive: true });
  const manifest = join(folder, 'package.json');
  const described = JSON.parse(await readFile(manifest, 'utf8'));
  described.dependencies.posthorn = `file:${tarball}`;
  await writeFile(manifest, JSON.stringify(described, null, 2));
  // Prisma's generator would download an engine that it does not run.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024, env };
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'], options);
  const packages = { ...described.dependencies, ...described.devDependencies };
  if (packages['better-sqlite3']) await provideSqlite(folder, options);
  await run('npm', ['run', 'build'], options);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** SQLite as it was compiled for the tests, which takes a minute, where that is the version that was installed. */
async function provideSqlite(folder, options) {
  const path = 'node_modules/better-sqlite3';
  const [ours, theirs] = await Promise.all(
    [ROOT, folder].map(async (at) => JSON.parse(await readFile(join(at, path, 'package.json'), 'utf8'))),
  );
  if (ours.version === theirs.version) {
    await cp(join(ROOT, path, 'build'), join(folder, path, 'build'), { recursive: true });
  } else await run('npm', ['rebuild', 'better-sqlite3'], options);
}
