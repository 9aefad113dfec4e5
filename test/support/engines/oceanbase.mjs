// OceanBase's engine on one node: its wheel for Python carries the whole server, which speaks MySQL's protocol with
// OceanBase's own parser, optimizer, transactions and locks.
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedEngine, runProgram } from './cache.mjs';

const WHEEL = 'pylibseekdb';
const VERSION = '1.4.0.post1';

/** The server's program. Throws a sentence where it cannot be had. */
export function fetchOceanBase() {
  return join(cachedEngine(`oceanbase-${VERSION}`, unpackInto), 'observer');
}

function unpackInto(folder) {
  // The server is the same in the wheels of all versions of Python.
  const which = ['--only-binary=:all:', '--implementation=cp', '--python-version=3.11', '--abi=cp311'];
  const wanted = `${WHEEL}==${VERSION}`;
  runProgram('python3', ['-m', 'pip', 'download', '-q', '--no-deps', ...which, '-d', folder, wanted]);
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (!wheel) throw new Error(`there is no built ${WHEEL} for this machine`);
  runProgram('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
  rmSync(join(folder, wheel));
  chmodSync(join(folder, WHEEL, 'seekdb'), 0o755);
  const starter = join(folder, 'observer');
  writeFileSync(
    starter,
    `#!/bin/sh
folder=$(dirname "$(readlink -f "$0")")/${WHEEL}
LD_LIBRARY_PATH=$folder exec "$folder/seekdb" "$@"
`,
  );
  chmodSync(starter, 0o755);
}
