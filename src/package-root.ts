import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder: what is shipped with it is found from any working directory. */
export const PACKAGE_ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where the yaml files are. */
export const CONFIG_FOLDER = resolve(PACKAGE_ROOT, 'config');
