// Where engines that are no part of the machine are kept: fetched once, used by every run after it. Plain JavaScript, so
// that jest's global setup and `.ci/run` can use it without a compiler.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** ENGINES_CACHE, else a folder of the user's cache. */
function cacheFolder() {
  const { ENGINES_CACHE, XDG_CACHE_HOME } = process.env;
  return ENGINES_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'posthorn-engines');
}

/**
 * Gives the folder of an engine, and fetches it where it is not there yet. Several processes may ask at the same time:
 * each fetches into a folder of its own, and the first that is done gives its folder the name.
 *
 * @param name the folder's name: the engine and its version
 * @param fetch puts everything into a folder that it is given; throws where the engine is not to be had
 */
export function cachedEngine(name, fetch) {
  const parent = cacheFolder();
  const folder = join(parent, name);
  if (existsSync(folder)) return folder;
  mkdirSync(parent, { recursive: true });
  const own = mkdtempSync(join(parent, `${name}.new-`));
  try {
    fetch(own);
    if (!existsSync(folder)) renameSync(own, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  return folder;
}

/** Runs a program to its end. Throws with the last lines of what it said. */
export function runProgram(program, args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const said = String(error.stderr || error.message)
      .trim()
      .split('\n')
      .slice(-3)
      .join(' ');
    throw new Error(`${program} ${args[0] ?? ''} failed: ${said}`, { cause: error });
  }
}
