// A Strapi from the registry, installed once into a cache, with the plugin from its packed tarball.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Its package.json and lock file say what is installed; `refuseOtherSqlite` how to write them anew. */
const LOCKED = fileURLToPath(new URL('./locked', import.meta.url));
const { dependencies: WANTED } = JSON.parse(readFileSync(join(LOCKED, 'package.json'), 'utf8'));
export const STRAPI = WANTED['@strapi/strapi'];
/** Its native part was built by this repository's own install. */
const SQLITE = createRequire(import.meta.url).resolve('better-sqlite3/package.json');
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROJECT = fileURLToPath(new URL('./project', import.meta.url));
/** Strapi brings fourteen hundred packages: less than a minute from an empty cache. None needs a script of its own here. */
const LONGEST_INSTALL_MS = 10 * 60_000;
const QUIETLY = ['--no-audit', '--no-fund', '--legacy-peer-deps', '--loglevel=error'];
const run = promisify(execFile);

/**
 * Installs Strapi and the plugin.
 *
 * @param {(what: string) => void} say
 * @returns {Promise<string>} the folder with `node_modules`
 * @throws with a sentence when the registry or a package of Strapi cannot be had
 */
export async function installStrapi(say) {
  const folder = process.env.STRAPI_CACHE ?? join(homedir(), '.cache', 'posthorn-strapi', STRAPI);
  if (!isInstalled(folder)) {
    say(`installs Strapi ${STRAPI} into ${folder}, once`);
    refuseOtherSqlite();
    cpSync(LOCKED, folder, { recursive: true });
    await npm(['ci', '--ignore-scripts', '--maxsockets=40', ...QUIETLY], folder, LONGEST_INSTALL_MS);
    cpSync(join(dirname(SQLITE), 'build'), join(folder, 'node_modules', 'better-sqlite3', 'build'), {
      recursive: true,
    });
    if (!isInstalled(folder)) throw new Error(`npm installed no Strapi ${STRAPI} into ${folder}.`);
  }
  const packed = mkdtempSync(join(tmpdir(), 'posthorn-strapi-pack-'));
  try {
    const { stdout } = await npm(['pack', '--json', '--pack-destination', packed], join(ROOT, 'strapi'));
    const [described] = [JSON.parse(stdout)]
      .flat()
      .map((one) => (one.filename ? one : Object.values(one)[0]));
    writeFileSync(join(packed, 'package.json'), '{ "name": "plugin", "private": true }\n');
    // In a folder of its own, without its peers: npm would ask the registry about all of Strapi again.
    await npm(['install', '--offline', ...QUIETLY, join(packed, described.filename)], packed);
    const plugin = join('node_modules', 'posthorn-strapi');
    rmSync(join(folder, plugin), { recursive: true, force: true });
    cpSync(join(packed, plugin), join(folder, plugin), { recursive: true });
  } finally {
    rmSync(packed, { recursive: true, force: true });
  }
  return folder;
}

/** The native part is built once, for both. */
function refuseOtherSqlite() {
  const { version } = JSON.parse(readFileSync(SQLITE, 'utf8'));
  if (WANTED['better-sqlite3'] === version) return;
  throw new Error(
    `Strapi ${STRAPI} cannot be had: test/strapi/locked has better-sqlite3 ${WANTED['better-sqlite3']}, and this repository ` +
      `${version}. Write ${version} into its package.json, and run npm install --package-lock-only --legacy-peer-deps ` +
      '--omit-lockfile-registry-resolved there.',
  );
}

/** Copies the project of this suite, so that several instances can run in it. */
export function createProject(folder, installed) {
  cpSync(PROJECT, folder, { recursive: true });
  symlinkSync(join(installed, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function isInstalled(folder) {
  const manifest = join(folder, 'node_modules', '@strapi', 'strapi', 'package.json');
  const driver = join(folder, 'node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node');
  return (
    existsSync(driver) &&
    existsSync(manifest) &&
    JSON.parse(readFileSync(manifest, 'utf8')).version === STRAPI
  );
}

async function npm(args, cwd, timeout = 5 * 60_000) {
  try {
    return await run('npm', args, { cwd, timeout, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const [why = error.message] = (error.stderr ?? '').split('\n').filter((line) => line.trim() !== '');
    throw new Error(`Strapi ${STRAPI} cannot be had: npm ${args[0]} failed: ${why}`, { cause: error });
  }
}
