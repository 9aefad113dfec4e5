// Lists the files to open to follow a delivery's claim, sending and recording, in the order in which they are met.
// It follows value imports from the worker, breadth first, inside the folders that this path goes through. A door is a
// file that is opened on the way and begins another chapter: its own imports are not followed.
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const DELIVERY = fileURLToPath(new URL('../src/delivery', import.meta.url));

const START = 'worker/delivery-worker.ts';

/** The folders of the path. */
const FOLDERS = ['worker', 'claiming', 'sending', 'outcomes', 'retry', 'model'];

/** Files that begin another chapter: limits, connections, the transport, fair shares. */
const DOORS = [
  'claiming/limits.ts',
  'sending/connections.ts',
  'sending/transport.ts',
  'worker/local-queues.ts',
];

/**
 * Files of these folders that belong to other chapters: fair shares, fan-out, hand-off, redelivery, closing, faults, errors,
 * listeners, batches, pinned bodies, erasures, the rows and counts of the history.
 */
const OTHER_CHAPTERS = [
  'model/owner.ts',
  'worker/allot-fairly.ts',
  'worker/fan-out-scheduler.ts',
  'worker/batch-completer.ts',
  'worker/hand-off-ledger.ts',
  'worker/hand-off-planner.ts',
  'model/stored-bodies.ts',
  'claiming/redelivery-claimer.ts',
  'outcomes/delivery-closer.ts',
  'outcomes/delivery-events.ts',
  'outcomes/insert-attempts.ts',
  'model/count-attempts.ts',
  'model/erased-events.ts',
  'outcomes/request-log.ts',
  'sending/explain-failure.ts',
  'worker/claim-returns.ts',
  'worker/waiting-webhooks.ts',
  'outcomes/own-fault-holds.ts',
  'model/own-faults.ts',
  'model/delivery-hooks.ts',
];

/**
 * The files of the path, relative to `src/delivery`.
 *
 * @returns {string[]}
 */
export function readingPath() {
  const found = [];
  const queue = [START];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (found.includes(file)) continue;
    found.push(file);
    if (DOORS.includes(file)) continue;
    queue.push(...valueImports(file).filter(isOnPath));
  }
  return found;
}

function isOnPath(file) {
  return FOLDERS.includes(posix.dirname(file)) && !OTHER_CHAPTERS.includes(file);
}

/** The files that a file imports something from that exists when the program runs: types are read on hover. */
function valueImports(file) {
  const source = readFileSync(join(DELIVERY, file), 'utf8');
  return [...source.matchAll(/^import\s+(type\s+)?([^;'"]*?)\s*from\s*'(\.[^']+)';/gm)]
    .filter(([, isType, names]) => !isType && !isTypesOnly(names ?? ''))
    .map(([, , , specifier]) => posix.normalize(posix.join(posix.dirname(file), specifier ?? '')))
    .filter((target) => !target.startsWith('..'))
    .map((target) => target.replace(/\.js$/, '.ts'));
}

function isTypesOnly(names) {
  const each = names
    .replace(/[{}]/g, '')
    .split(',')
    .map((name) => name.trim());
  return names.startsWith('{') && each.every((name) => name === '' || name.startsWith('type '));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of readingPath()) console.log(`src/delivery/${file}`);
}
