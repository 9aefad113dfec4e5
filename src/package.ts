import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder, so that its files are found from any working directory. */
export const PACKAGE_ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The folder of this package's own code: `src` or `dist`. */
export const CODE_FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** The folder of the YAML files with the default settings. */
export const CONFIG_FOLDER = resolve(PACKAGE_ROOT, 'config');

/** This package's version, from package.json. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
