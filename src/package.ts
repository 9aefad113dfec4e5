import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';

/** The package's folder: what is shipped with it is found from any working directory. */
export const PACKAGE_ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where the yaml files are. */
export const CONFIG_FOLDER = resolve(PACKAGE_ROOT, 'config');

/** This package's version, as package.json says it. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
