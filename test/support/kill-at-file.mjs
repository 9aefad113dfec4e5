// Preloaded into the program: ends it by SIGKILL at what it does to a file.
import { createRequire, syncBuiltinESMExports } from 'node:module';

/**
 * `KILL_AT_FILE`, JSON: the `operation` (`link`, `rename`, `rm`, `open`, `readFile`), what the `path` of the file must match,
 * and whether the process ends `before` or `after` it is done.
 */
const { operation, path, when } = JSON.parse(process.env.KILL_AT_FILE);
const files = createRequire(import.meta.url)('node:fs').promises;

const real = files[operation];
const matches = (value) => typeof value === 'string' && new RegExp(path).test(value);

files[operation] = async (...values) => {
  const isIt = values.some(matches);
  if (isIt && when === 'before') process.kill(process.pid, 'SIGKILL');
  const result = await real(...values);
  if (isIt) process.kill(process.pid, 'SIGKILL');
  return result;
};
syncBuiltinESMExports();
